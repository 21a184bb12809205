/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { Finding } from '@vigil/protocol';
import { FindingKind, Track } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { trusted } from './mongoose.js';

const schema = new Schema<Finding>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    track: { type: String, enum: Track.options },
    kind: { type: String, enum: FindingKind.options },
    startMs: Number,
    endMs: Number,
    confidence: Number,
    detail: String,
    detector: Schema.Types.Mixed,
    evidence: Schema.Types.Mixed,
  },
  { versionKey: false },
);
schema.index({ attempt: 1, startMs: 1 });

/** The collection `findings`. Only the recorder worker writes it; here it is read. */
export const Findings = model('Finding', schema, 'findings');

/** The finding with this id. */
export const findingById = (id: string): Promise<Finding | null> => Findings.findById(id).lean<Finding>().exec();

/** The findings in some attempts, in order of time. */
export const findingsOf = (attempts: readonly string[]): Promise<Finding[]> =>
  Findings.find({ attempt: trusted({ $in: [...attempts] }) })
    .sort({ startMs: 1 })
    .lean<Finding[]>()
    .exec();

/** What of a finding is counted. */
export type FindingOutline = Pick<Finding, 'attempt' | 'kind' | 'startMs' | 'endMs'>;

/** The findings in some attempts, in no order; see `segmentOutlinesOf`. */
export const findingOutlinesOf = (attempts: readonly string[]): AsyncIterable<FindingOutline> =>
  Findings.collection.find<FindingOutline>(
    { attempt: { $in: [...attempts] } },
    { projection: { _id: 0, attempt: 1, kind: 1, startMs: 1, endMs: 1 }, batchSize: 1_000 },
  );
