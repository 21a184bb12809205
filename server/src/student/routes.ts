import { AgreementBody, EventsBody, NoteBody } from '@vigil/protocol';
import { readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { StudentService } from './student.js';

/** What the student's page asks; the link's token says which attempt it is about. */
export const studentRoutes = (service: StudentService): Route[] => [
  {
    method: 'GET',
    path: '/api/student/attempt',
    access: 'student',
    afterwards: true,
    handle: async (ctx, attempt) => {
      ctx.body = await service.show(attempt);
    },
  },
  {
    method: 'POST',
    path: '/api/student/agreement',
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await service.answerNotice(attempt, await readJson(ctx.req, AgreementBody));
    },
  },
  {
    method: 'POST',
    path: '/api/student/session',
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await service.openSession(attempt);
    },
  },
  {
    method: 'POST',
    path: '/api/student/note',
    access: 'student',
    handle: async (ctx, attempt) => {
      await service.note(attempt, await readJson(ctx.req, NoteBody));
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: '/api/student/events',
    access: 'student',
    handle: async (ctx, attempt) => {
      await service.noticed(attempt, await readJson(ctx.req, EventsBody));
      ctx.body = {};
    },
  },
];
