import { Id, LinkBody, ReopenBody, RetakeBody, RosterBody } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { RosterService } from './roster.js';

const Exam = z.object({ exam: Id });
const Attempt = z.object({ attempt: Id });

/** The longest list there may be, with the longest names, bytes. */
const mostBytes = 3_000_000;

/** Who takes an exam: the list, the links, attempts that are opened again and next ones. */
export const rosterRoutes = (service: RosterService): Route[] => [
  {
    method: 'GET',
    path: '/api/exams/:exam/roster',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.show(user, parseInput(Exam, ctx.params).exam);
    },
  },
  {
    method: 'POST',
    path: '/api/exams/:exam/roster',
    access: 'instructor',
    handle: async (ctx, user) => {
      const { exam } = parseInput(Exam, ctx.params);
      ctx.body = await service.add(user, exam, await readJson(ctx.req, RosterBody, mostBytes));
    },
  },
  {
    method: 'GET',
    path: '/api/exams/:exam/links',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.links(user, parseInput(Exam, ctx.params).exam);
    },
  },
  {
    method: 'GET',
    path: '/api/attempts/:attempt/link',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.link(user, parseInput(Attempt, ctx.params).attempt);
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/link',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.renew(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, LinkBody));
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/reopening',
    access: 'instructor',
    handle: async (ctx, user) => {
      await service.reopen(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, ReopenBody));
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/retake',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.retake(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, RetakeBody));
    },
  },
  {
    method: 'DELETE',
    path: '/api/attempts/:attempt',
    access: 'instructor',
    handle: async (ctx, user) => {
      await service.remove(user, parseInput(Attempt, ctx.params).attempt);
      ctx.body = {};
    },
  },
];
