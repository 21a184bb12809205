import { DecisionBody, Id, MarkBody, ReviewNoteBody, TakeBackQuery } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { Decisions } from './decisions.js';
import type { Notes } from './notes.js';
import type { Marks } from './resolutions.js';

const Exam = z.object({ exam: Id });
const Attempt = z.object({ attempt: Id });
const ResolutionId = z.object({ resolution: z.string().regex(/^[\w-]{1,120}$/) });
const Note = z.object({ note: Id });

/** What persons say of incidents, decide of attempts, and note. */
export const decisionRoutes = (marks: Marks, decisions: Decisions, notes: Notes): Route[] => [
  {
    method: 'POST',
    path: '/api/attempts/:attempt/resolutions',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await marks.mark(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, MarkBody));
    },
  },
  {
    method: 'DELETE',
    path: '/api/resolutions/:resolution',
    access: 'instructor',
    handle: async (ctx, user) => {
      await marks.takeBack(user, parseInput(ResolutionId, ctx.params).resolution, parseInput(TakeBackQuery, ctx.query).at);
      ctx.body = {};
    },
  },
  {
    method: 'GET',
    path: '/api/exams/:exam/false-findings',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await marks.falseFindings(user, parseInput(Exam, ctx.params).exam);
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/decisions',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await decisions.decide(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, DecisionBody));
    },
  },
  {
    method: 'POST',
    path: '/api/attempts/:attempt/notes',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await notes.add(user, parseInput(Attempt, ctx.params).attempt, await readJson(ctx.req, ReviewNoteBody));
    },
  },
  {
    method: 'PUT',
    path: '/api/notes/:note',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await notes.change(user, parseInput(Note, ctx.params).note, await readJson(ctx.req, ReviewNoteBody));
    },
  },
  {
    method: 'DELETE',
    path: '/api/notes/:note',
    access: 'instructor',
    handle: async (ctx, user) => {
      await notes.remove(user, parseInput(Note, ctx.params).note);
      ctx.body = {};
    },
  },
];
