/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { AttemptAnalysis } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
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
  },
  { versionKey: false },
);
schema.index({ open: 1, availableAt: 1 });

/** The collection `attemptAnalyses`. Only the recorder worker writes it; here it is read. */
export const AttemptAnalyses = model('AttemptAnalysis', schema, 'attemptAnalyses');

/** Whether what was measured in an attempt waits to be judged, or could not be. */
export type Judging = 'open' | 'failed' | 'done';

/** How far the judging of some attempts is; one that was never asked for is left out. */
export async function judgingOf(attempts: readonly string[]): Promise<Map<string, Judging>> {
  const found = await AttemptAnalyses.find({ _id: trusted({ $in: [...attempts] }) }, { open: 1, error: 1 })
    .lean<Pick<AttemptAnalysis, '_id' | 'open' | 'error'>[]>()
    .exec();
  return new Map(found.map(({ _id, open, error }) => [_id, open ? 'open' : error ? 'failed' : 'done']));
}
