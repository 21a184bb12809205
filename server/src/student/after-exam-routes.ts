import { ReleaseId, ReplyBody, RequestBody } from '@vigil/protocol';
import type { Logger } from 'pino';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { MediaFiles } from '../review/media-files.js';
import type { AfterExam } from './after-exam.js';
import type { MyData } from './my-data.js';

const Released = z.object({ release: ReleaseId });
const Ticket = z.object({ ticket: z.string().max(2_000) });

/** What a student's page asks when the exam is over, for as long as the recording is kept. */
export const afterExamRoutes = (service: AfterExam, data: MyData, files: MediaFiles, log: Logger): Route[] => [
  {
    method: 'GET',
    path: '/api/student/own',
    access: 'student',
    afterwards: true,
    handle: async (ctx, attempt) => {
      ctx.body = await service.show(attempt);
    },
  },
  {
    method: 'GET',
    path: '/api/student/releases/:release/picture',
    access: 'student',
    afterwards: true,
    handle: async (ctx, attempt) => files.sendPicture(ctx, await service.picture(attempt, parseInput(Released, ctx.params).release)),
  },
  {
    method: 'POST',
    path: '/api/student/releases/:release/reply',
    access: 'student',
    afterwards: true,
    handle: async (ctx, attempt) => {
      await service.reply(attempt, parseInput(Released, ctx.params).release, await readJson(ctx.req, ReplyBody));
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: '/api/student/requests',
    access: 'student',
    afterwards: true,
    handle: async (ctx, attempt) => {
      await service.request(attempt, await readJson(ctx.req, RequestBody));
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: '/api/student/download',
    access: 'student',
    afterwards: true,
    handle: (ctx, attempt) => {
      ctx.body = data.ticketFor(attempt);
    },
  },
  {
    method: 'GET',
    path: '/api/downloads/:ticket',
    access: 'anyone',
    handle: (ctx) => data.send(ctx, parseInput(Ticket, ctx.params).ticket, log),
  },
];
