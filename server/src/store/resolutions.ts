/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { FalseFindings, Resolution } from '@vigil/protocol';
import { FindingKind, Verdict } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { isDuplicate, trusted } from './mongoose.js';

/** What a person said of an incident; taken back, it is gone from here and stays in the audit log. */
export interface ResolutionDocument extends Omit<Resolution, 'id'> {
  /** `<attempt>-<kind>-<startMs>-<endMs>`: of two who mark the same incident at once, one wins. */
  _id: string;
  attempt: string;
  exam: string;
  /** What had made the first finding of it. */
  detector: { name: string; version: string };
}

const schema = new Schema<ResolutionDocument>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    exam: { type: String, required: true },
    kind: { type: String, enum: FindingKind.options, required: true },
    startMs: { type: Number, required: true },
    endMs: { type: Number, required: true },
    verdict: { type: String, enum: Verdict.options, required: true },
    reason: String,
    by: { _id: false, id: String, name: String },
    atMs: { type: Number, required: true },
    detector: { _id: false, name: String, version: String },
  },
  { versionKey: false },
);
schema.index({ attempt: 1, startMs: 1 });
schema.index({ exam: 1 });

/** The collection `resolutions`. */
export const Resolutions = model('Resolution', schema, 'resolutions');

/** The resolution with this id. */
export const resolutionById = (id: string): Promise<ResolutionDocument | null> => Resolutions.findById(id).lean<ResolutionDocument>().exec();

/** What was said of incidents in some attempts, in order of time. */
export const resolutionsOf = (attempts: readonly string[]): Promise<ResolutionDocument[]> =>
  Resolutions.find({ attempt: trusted({ $in: [...attempts] }) })
    .sort({ startMs: 1, _id: 1 })
    .lean<ResolutionDocument[]>()
    .exec();

/** @returns false: somebody has marked the same incident already. */
export async function addResolution(resolution: ResolutionDocument): Promise<boolean> {
  try {
    await Resolutions.create(resolution);
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

/** Takes back the resolution that was made at this time. @returns false: it is not there any more. */
export const removeResolution = async ({ _id, atMs }: Pick<ResolutionDocument, '_id' | 'atMs'>): Promise<boolean> =>
  (await Resolutions.deleteOne({ _id, atMs }).exec()).deletedCount > 0;

/** What was said of an exam's findings, by kind and version of the detector, as it holds now. */
export async function falseFindingsOf(exam: string): Promise<FalseFindings[]> {
  const found = await Resolutions.find({ exam }, { kind: 1, detector: 1, verdict: 1 }).lean<Pick<ResolutionDocument, 'kind' | 'detector' | 'verdict'>[]>().exec();
  const rows = new Map<string, FalseFindings>();
  for (const { kind, detector, verdict } of found) {
    const key = JSON.stringify([kind, detector.name, detector.version]);
    const row = rows.get(key) ?? { kind, detector: detector.name, version: detector.version, false: 0, real: 0, explained: 0 };
    row[verdict] += 1;
    rows.set(key, row);
  }
  const place = ({ kind }: FalseFindings): number => FindingKind.options.indexOf(kind);
  return [...rows.values()].sort((a, b) => place(a) - place(b) || a.detector.localeCompare(b.detector) || a.version.localeCompare(b.version, 'en', { numeric: true }));
}
