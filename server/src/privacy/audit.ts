/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { createHash } from 'node:crypto';
import type { AuditEntry } from '@vigil/protocol';
import { AuditEntry as Entry } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { stringify } from 'safe-stable-stringify';
import { isDuplicate, trusted } from '../store/mongoose.js';
import type { UserDocument } from '../store/users.js';

/**
 * The audit log: who did what, when and why. It only grows: this module has the collection to itself, and neither changes nor
 * removes what is in it. Each entry holds the hash of the one before it, so that a change by other means shows (`firstBreak`), but
 * for the last entries being cut off: only a hash that is kept elsewhere shows that.
 */
export interface KeptEntry extends Omit<AuditEntry, 'sequence'> {
  /** Its place: 1, 2, 3 and so on. Two writers who take the same one cannot both have it. */
  _id: number;
  /** `hash` of the entry before; of the first one: 64 zeros. */
  previous: string;
  /** SHA-256 of all the rest, as JSON with sorted keys (RFC 8785), hexadecimal. */
  hash: string;
}

const schema = new Schema<KeptEntry>(
  {
    _id: { type: Number, required: true },
    atMs: { type: Number, required: true },
    actor: { _id: false, kind: String, id: String, name: String },
    action: { type: String, enum: Entry.shape.action.options, required: true },
    attempt: String,
    exam: String,
    courses: { type: [String], default: undefined },
    reason: String,
    detail: Schema.Types.Mixed,
    previous: { type: String, required: true },
    hash: { type: String, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ attempt: 1 }, { sparse: true });
schema.index({ exam: 1 }, { sparse: true });
schema.index({ courses: 1 }, { sparse: true });

const Audit = model('Audit', schema, 'audit');

/** An instructor, as an entry names them. */
export const actorOf = ({ _id: id, name, role: kind }: Pick<UserDocument, '_id' | 'name' | 'role'>): AuditEntry['actor'] => ({ kind, id, name });

/** Its indexes, for `connectDatabase`. */
export const auditIndexes = { createIndexes: (): Promise<unknown> => Audit.createIndexes() };

const noHash = '0'.repeat(64);
/** Each round somebody gets a place, so that so many would have to write at once. */
const mostTries = 200;

/** JSON with sorted keys, without what is undefined. */
const canonical = (content: Omit<KeptEntry, 'hash'>): string => stringify(content);
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Adds an entry. Record first, then do: nothing changes without a trace.
 * @throws what the database throws; then nothing is recorded, and the caller must not go on.
 */
export async function record(entry: Omit<AuditEntry, 'sequence'>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const last = await Audit.findOne().sort({ _id: -1 }).lean<KeptEntry>().exec();
    const text = canonical({ ...entry, _id: (last?._id ?? 0) + 1, previous: last?.hash ?? noHash });
    try {
      // What is kept is what was hashed.
      await Audit.create({ ...(JSON.parse(text) as Omit<KeptEntry, 'hash'>), hash: hashOf(text) });
      return;
    } catch (error) {
      if (!isDuplicate(error) || tries >= mostTries) throw error;
    }
  }
}

/** Most entries that are read at once. */
const mostRead = 1_000;

/** What is about the exam as a whole. */
const ofExam = (exam: string): object => ({ exam, attempt: trusted({ $exists: false }), action: trusted({ $ne: 'reviewed' }) });
/** Marks of several attempts at once are entries of the exam that name them. */
const naming = ({ exam, attempt }: { exam: string; attempt: string }): object => ({ exam, action: 'reviewed', 'detail.attempts': attempt });

/** The newest entries about an attempt, and about its exam as a whole, or about a course's onboardings, the oldest first. */
export async function entriesOf(about: { attempt: string; exam: string } | { courses: string }): Promise<AuditEntry[]> {
  const found = await Audit.find('courses' in about ? about : { $or: [{ attempt: about.attempt }, ofExam(about.exam), naming(about)] })
    .sort({ _id: -1 })
    .limit(mostRead)
    .lean<KeptEntry[]>()
    .exec();
  return found.reverse().map(({ _id: sequence, previous: _previous, hash: _hash, ...entry }) => ({ sequence, ...entry }));
}

/** The place of the first entry that was changed, put in or taken out since it was recorded; undefined: none. */
export async function firstBreak(): Promise<number | undefined> {
  let place = 1;
  let previous = noHash;
  for await (const { hash, ...content } of Audit.find().sort({ _id: 1 }).lean<KeptEntry[]>().cursor() as AsyncIterable<KeptEntry>) {
    if (content._id !== place || content.previous !== previous || hash !== hashOf(canonical(content))) return place;
    place += 1;
    previous = hash;
  }
  return undefined;
}
