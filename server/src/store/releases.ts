/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { Release, Reply } from '@vigil/protocol';
import { FindingKind } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { isDuplicate, trusted } from './mongoose.js';

/** An incident that is shown to its student, and the student's reply. Taken back, it is gone from here and stays in the audit log. */
export interface ReleaseDocument extends Omit<Release, 'id' | 'incident' | 'unread'> {
  /** `<attempt>-<kind>-<startMs>-<endMs>`: shown twice at once, it is shown once. */
  _id: string;
  attempt: string;
  exam: string;
  /** Replies up to this time are read, ms since 1970. */
  readMs?: number;
}

const schema = new Schema<ReleaseDocument>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    exam: { type: String, required: true },
    kind: { type: String, enum: FindingKind.options, required: true },
    startMs: { type: Number, required: true },
    endMs: { type: Number, required: true },
    detail: String,
    by: { _id: false, id: String, name: String },
    atMs: { type: Number, required: true },
    seenAtMs: Number,
    replies: { type: [{ _id: false, atMs: Number, text: String }], required: true },
    readMs: Number,
  },
  { versionKey: false },
);
schema.index({ attempt: 1, startMs: 1 });
schema.index({ exam: 1 });

/** The collection `releases`. */
export const Releases = model('Release', schema, 'releases');

/** What is shown of an attempt, in order of time. */
export const releasesOf = (attempt: string): Promise<ReleaseDocument[]> => Releases.find({ attempt }).sort({ startMs: 1, _id: 1 }).lean<ReleaseDocument[]>().exec();

/** The release with this id. */
export const releaseById = (id: string): Promise<ReleaseDocument | null> => Releases.findById(id).lean<ReleaseDocument>().exec();

/** Shows incidents; one that is shown already stays as it is. */
export async function addReleases(releases: readonly ReleaseDocument[]): Promise<void> {
  for (const release of releases)
    await Releases.create(release).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
}

/** Takes one back. @returns false: the student has seen it, or it is not there. */
export const removeUnseen = async (id: string): Promise<boolean> => (await Releases.deleteOne({ _id: id, seenAtMs: trusted({ $exists: false }) }).exec()).deletedCount > 0;

/** All that is shown of an attempt, from now on seen by its student: only what is marked is given, so that nobody takes back what was. */
export async function seenReleasesOf(attempt: string, nowMs: number): Promise<ReleaseDocument[]> {
  await Releases.updateMany({ attempt, seenAtMs: trusted({ $exists: false }) }, { $set: { seenAtMs: nowMs } }).exec();
  return Releases.find({ attempt, seenAtMs: trusted({ $exists: true }) }).sort({ startMs: 1, _id: 1 }).lean<ReleaseDocument[]>().exec();
}

/** One of an attempt that its student has seen. */
export const seenRelease = (id: string, attempt: string): Promise<ReleaseDocument | null> =>
  Releases.findOne({ _id: id, attempt, seenAtMs: trusted({ $exists: true }) }).lean<ReleaseDocument>().exec();

/** Adds a version of the reply. @param before how many there are. @returns false: there are more by now. */
export async function addReply(id: string, reply: Reply, before: number): Promise<boolean> {
  const { matchedCount } = await Releases.updateOne(
    {
      _id: id,
      seenAtMs: trusted({ $exists: true }),
      [`replies.${before}`]: trusted({ $exists: false }),
      ...(before > 0 && { [`replies.${before - 1}`]: trusted({ $exists: true }) }),
    },
    { $push: { replies: reply } },
  ).exec();
  return matchedCount > 0;
}

/** Replies of an attempt up to this time are read. */
export const noteRepliesRead = async (attempt: string, upToMs: number): Promise<void> => {
  await Releases.updateMany({ attempt }, { $max: { readMs: upToMs } }).exec();
};

/** Whether there is a reply that nobody has marked as read. */
export const isUnread = ({ replies, readMs = -1 }: Pick<ReleaseDocument, 'replies' | 'readMs'>): boolean => (replies.at(-1)?.atMs ?? -1) > readMs;

/** How many new replies there are in an exam, by attempt. */
export async function newRepliesIn(exam: string): Promise<Map<string, number>> {
  const found = await Releases.find({ exam, 'replies.0': trusted({ $exists: true }) }, { attempt: 1, 'replies.atMs': 1, readMs: 1 })
    .lean<Pick<ReleaseDocument, 'attempt' | 'replies' | 'readMs'>[]>()
    .exec();
  const counts = new Map<string, number>();
  for (const one of found) if (isUnread(one)) counts.set(one.attempt, (counts.get(one.attempt) ?? 0) + 1);
  return counts;
}
