/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { judgedBy, rulesFor, type AttemptAnalysis } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import type { AttemptDocument } from './attempts.js';
import { openEventsIn } from './browser-events.js';
import type { ExamDocument } from './exams.js';
import { trusted } from './mongoose.js';

const schema = new Schema<AttemptAnalysis>(
  {
    _id: { type: String, required: true },
    open: Boolean,
    asked: Number,
    tries: Number,
    availableAt: Date,
    lease: String,
    error: String,
    doneAt: Date,
    rules: String,
  },
  { versionKey: false },
);
schema.index({ open: 1, availableAt: 1 });

/** The collection `attemptAnalyses`. Only the recorder worker writes it; here it is read. */
export const AttemptAnalyses = model('AttemptAnalysis', schema, 'attemptAnalyses');

/** Whether what was measured in an attempt waits to be judged, or could not be. */
export type Judging = 'open' | 'failed' | 'done';

/**
 * How far the judging of some attempts at an exam is; one that was never asked for is left out. One that was judged by other rules
 * than are in force is open: a worker notices it by itself, and so is one whose browser noticed something that waits to be judged. Of
 * one that was purged nothing can be judged any more.
 */
export async function judgingOf({ rules }: Pick<ExamDocument, 'rules'>, attempts: readonly Pick<AttemptDocument, '_id' | 'evidence' | 'accommodations' | 'faceChangedAt' | 'onboarding'>[]): Promise<Map<string, Judging>> {
  const ids = attempts.map(({ _id }) => _id);
  // In this order: what stops to be an open event between the two is open for judging before.
  const unheard = await openEventsIn(ids);
  const found = await AttemptAnalyses.find({ _id: trusted({ $in: ids }) }, { open: 1, error: 1, rules: 1 })
    .lean<Pick<AttemptAnalysis, '_id' | 'open' | 'error' | 'rules'>[]>()
    .exec();
  const inForce = new Map(attempts.map((one) => [one._id, one.evidence === 'purged' ? undefined : judgedBy(rulesFor(rules, one.accommodations), one)]));
  const isOutdated = ({ _id, rules: by }: (typeof found)[number]): boolean => by !== undefined && inForce.get(_id) !== undefined && by !== inForce.get(_id);
  const states = new Map<string, Judging>(found.map((one) => [one._id, one.open || isOutdated(one) ? 'open' : one.error ? 'failed' : 'done']));
  for (const attempt of unheard) states.set(attempt, 'open');
  return states;
}
