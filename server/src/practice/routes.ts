import { SegmentId } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { PracticeService } from './practice.js';

const Segment = z.object({ segment: SegmentId });
const path = '/api/student/practice';

/** What the student's page asks about a practice; the link's token says before which attempt it is. */
export const practiceRoutes = (service: PracticeService): Route[] => [
  {
    method: 'POST',
    path,
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await service.begin(attempt);
    },
  },
  {
    method: 'GET',
    path,
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await service.show(attempt);
    },
  },
  {
    method: 'DELETE',
    path,
    access: 'student',
    handle: async (ctx, attempt) => {
      await service.delete(attempt);
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: `${path}/session`,
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await service.openSession(attempt);
    },
  },
  {
    method: 'GET',
    path: `${path}/segments/:segment`,
    access: 'student',
    handle: (ctx, attempt) => service.sendSegment(ctx, attempt, parseInput(Segment, ctx.params).segment),
  },
];
