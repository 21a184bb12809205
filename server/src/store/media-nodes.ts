/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { Schema, model } from 'mongoose';
import { trusted } from './mongoose.js';

/** A media process that takes students. It renews its lease; one whose lease ran out is taken for dead. */
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

/** The media processes that are alive at `now` (ms since 1970), least busy first. */
export const liveMediaNodes = (now: number): Promise<MediaNodeDocument[]> =>
  MediaNodes.find({ leaseUntil: trusted({ $gt: new Date(now) }) })
    .sort({ sessions: 1, _id: 1 })
    .lean<MediaNodeDocument[]>()
    .exec();
