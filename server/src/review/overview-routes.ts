import { Id, ReviewedBody, ViewBody } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { OverviewService } from './overview.js';

const Exam = z.object({ exam: Id });
const View = z.object({ exam: Id, view: Id });

/** The list of an exam's attempts: what is marked in it, and how it was looked at. */
export const overviewRoutes = (service: OverviewService): Route[] => [
  {
    method: 'PUT',
    path: '/api/exams/:exam/reviewed',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = { changed: await service.mark(user, parseInput(Exam, ctx.params).exam, await readJson(ctx.req, ReviewedBody)) };
    },
  },
  {
    method: 'GET',
    path: '/api/exams/:exam/views',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.views(user, parseInput(Exam, ctx.params).exam);
    },
  },
  {
    method: 'PUT',
    path: '/api/exams/:exam/views',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.save(user, parseInput(Exam, ctx.params).exam, await readJson(ctx.req, ViewBody));
    },
  },
  {
    method: 'DELETE',
    path: '/api/exams/:exam/views/:view',
    access: 'instructor',
    handle: async (ctx, user) => {
      const { exam, view } = parseInput(View, ctx.params);
      ctx.body = await service.remove(user, exam, view);
    },
  },
];
