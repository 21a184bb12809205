import { Id, NewAttemptBody, SegmentId, WordsQuery } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { MediaFiles } from './media-files.js';
import type { ReviewService } from './review.js';
import type { Strips } from './strips.js';

const Exam = z.object({ exam: Id });
const Attempt = z.object({ attempt: Id });
const Segment = z.object({ segment: SegmentId });
const FindingId = z.object({ finding: z.string().regex(/^[\w-]{1,120}$/) });

/** What an instructor's pages ask. */
export const reviewRoutes = (service: ReviewService, files: MediaFiles, strips: Strips): Route[] => [
  {
    method: 'GET',
    path: '/api/courses',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.courses(user);
    },
  },
  {
    method: 'GET',
    path: '/api/exams/:exam',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.exam(user, parseInput(Exam, ctx.params).exam);
    },
  },
  {
    method: 'POST',
    path: '/api/exams/:exam/attempts',
    access: 'instructor',
    handle: async (ctx, user) => {
      const { exam } = parseInput(Exam, ctx.params);
      ctx.body = await service.addAttempt(user, exam, await readJson(ctx.req, NewAttemptBody));
    },
  },
  {
    method: 'GET',
    path: '/api/attempts/:attempt',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.timeline(user, parseInput(Attempt, ctx.params).attempt);
    },
  },
  {
    method: 'GET',
    path: '/api/exams/:exam/words',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.examWords(user, parseInput(Exam, ctx.params).exam, parseInput(WordsQuery, ctx.query).q);
    },
  },
  {
    method: 'GET',
    path: '/api/attempts/:attempt/words',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await service.words(user, parseInput(Attempt, ctx.params).attempt, parseInput(WordsQuery, ctx.query).q);
    },
  },
  {
    method: 'GET',
    path: '/api/segments/:segment',
    access: 'instructor',
    handle: (ctx, user) => files.sendSegment(ctx, user, parseInput(Segment, ctx.params).segment),
  },
  {
    method: 'GET',
    path: '/api/attempts/:attempt/strips',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await strips.of(user, parseInput(Attempt, ctx.params).attempt);
    },
  },
  {
    method: 'GET',
    path: '/api/segments/:segment/strip',
    access: 'instructor',
    handle: (ctx, user) => strips.sendPictures(ctx, user, parseInput(Segment, ctx.params).segment),
  },
  {
    method: 'GET',
    path: '/api/findings/:finding/evidence',
    access: 'instructor',
    handle: (ctx, user) => files.sendEvidence(ctx, user, parseInput(FindingId, ctx.params).finding),
  },
];
