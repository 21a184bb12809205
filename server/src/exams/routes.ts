import { AccommodationsBody, ExportBody, Id } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { ExamSettings } from './exam-settings.js';

const Attempt = z.object({ attempt: Id });

/** A student's accommodations, clips, and who set or made them. */
export const examRoutes = (settings: ExamSettings): Route[] => [
  {
    method: 'PUT',
    path: '/api/attempts/:attempt/accommodations',
    access: 'instructor',
    handle: async (ctx, user) => {
      await settings.setAccommodations(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, AccommodationsBody));
      ctx.body = {};
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/exports',
    access: 'instructor',
    handle: async (ctx, user) => {
      await settings.recordExport(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, ExportBody));
      ctx.status = 201;
      ctx.body = {};
    },
  },
  {
    method: 'GET',
    path: '/api/attempts/:attempt/audit',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await settings.audit(user, parseInput(Attempt, ctx.params).attempt);
    },
  },
];
