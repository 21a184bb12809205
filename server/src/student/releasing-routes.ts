import { AnswerBody, Id, ReadBody, ReleaseBody, ReleaseId } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { Releasing } from './releasing.js';

const Attempt = z.object({ attempt: Id });
const Released = z.object({ release: ReleaseId });

/** What instructors show the student, and what comes back. */
export const releasingRoutes = (service: Releasing): Route[] => [
  {
    method: 'GET',
    path: '/api/attempts/:attempt/student-side',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.show(user, parseInput(Attempt, ctx.params).attempt);
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/releases',
    access: 'instructor',
    handle: async (ctx, user) => {
      await service.release(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, ReleaseBody));
      ctx.body = {};
    },
  },
  {
    method: 'DELETE',
    path: '/api/releases/:release',
    access: 'instructor',
    handle: async (ctx, user) => {
      await service.takeBack(user, parseInput(Released, ctx.params).release);
      ctx.body = {};
    },
  },
  {
    method: 'PUT',
    path: '/api/attempts/:attempt/replies-read',
    access: 'instructor',
    handle: async (ctx, user) => {
      await service.read(user, parseInput(Attempt, ctx.params).attempt, (await readJson(ctx.req, ReadBody)).upToMs);
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/answers',
    access: 'instructor',
    handle: async (ctx, user) => {
      await service.answer(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, AnswerBody));
      ctx.body = {};
    },
  },
];
