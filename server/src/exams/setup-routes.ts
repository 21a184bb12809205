import { ChangeExamBody, DeleteExamQuery, Id, NewExamBody } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { ExamSetups } from './exam-setups.js';

const Course = z.object({ course: Id });
const Exam = z.object({ exam: Id });

/** Exams that are made, changed and deleted. */
export const setupRoutes = (setups: ExamSetups): Route[] => [
  {
    method: 'GET',
    path: '/api/courses/:course/setup',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await setups.context(user, parseInput(Course, ctx.params).course);
    },
  },
  {
    method: 'POST',
    path: '/api/courses/:course/exams',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await setups.make(user, parseInput(Course, ctx.params).course, await readJson(ctx.req, NewExamBody));
    },
  },
  {
    method: 'GET',
    path: '/api/exams/:exam/setup',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await setups.show(user, parseInput(Exam, ctx.params).exam);
    },
  },
  {
    method: 'PUT',
    path: '/api/exams/:exam',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await setups.change(user, parseInput(Exam, ctx.params).exam, await readJson(ctx.req, ChangeExamBody));
    },
  },
  {
    method: 'DELETE',
    path: '/api/exams/:exam',
    access: 'instructor',
    handle: async (ctx, user) => {
      await setups.remove(user, parseInput(Exam, ctx.params).exam, parseInput(DeleteExamQuery, ctx.query).was);
      ctx.body = {};
    },
  },
];
