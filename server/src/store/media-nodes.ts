/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { Schema, model } from 'mongoose';

/**
 * A media process that takes students. It renews its lease; without one it gets no students, but it may live and record all the
 * same. What is off the list is dead for certain: it closed in order, its successor took its address, or another saw it dead.
 */
export interface MediaNodeDocument {
  _id: string;
  /** Origin that browsers reach its socket at; empty means the page's own. */
  url: string;
  leaseUntil: Date;
  /** Sessions it records now. */
  sessions: number;
}

const schema = new Schema<MediaNodeDocument>(
  {
    _id: { type: String, required: true },
    url: { type: String, default: '' },
    leaseUntil: { type: Date, required: true },
    sessions: { type: Number, required: true },
  },
  { versionKey: false },
);

/** The collection `mediaNodes`. Each media process writes its own document. */
export const MediaNodes = model('MediaNode', schema, 'mediaNodes');

/** Every media process that is on the list, least busy first. */
export const listedMediaNodes = (): Promise<MediaNodeDocument[]> =>
  MediaNodes.find().sort({ sessions: 1, _id: 1 }).lean<MediaNodeDocument[]>().exec();

/** Whether it takes students at `now` (ms since 1970). */
export const isLive = ({ leaseUntil }: MediaNodeDocument, now: number): boolean => leaseUntil.getTime() > now;

/** The media processes that take students at `now` (ms since 1970), least busy first. */
export const liveMediaNodes = async (now: number): Promise<MediaNodeDocument[]> =>
  (await listedMediaNodes()).filter((node) => isLive(node, now));

/** Takes a dead one off the list. @returns false when it has renewed its lease meanwhile, and stays. */
export const strikeOff = async ({ _id, leaseUntil }: MediaNodeDocument): Promise<boolean> =>
  (await MediaNodes.deleteOne({ _id, leaseUntil }).exec()).deletedCount > 0;
