/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { BrowserEvent, BrowserEventDocument } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { trusted } from './mongoose.js';

const schema = new Schema<BrowserEventDocument>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    atMs: { type: Number, required: true },
    event: { type: Schema.Types.Mixed, required: true },
    open: Boolean,
  },
  { versionKey: false },
);
schema.index({ attempt: 1, atMs: 1 });
schema.index({ open: 1 });

/** The collection `browserEvents`. It is added to only; that an event is not `open` any more is the recorder worker's to say. */
export const BrowserEvents = model('BrowserEvent', schema, 'browserEvents');

/** Adds events of an attempt, for the recorder worker to judge. One that is there already stays as it is. */
export async function addEvents(attempt: string, events: readonly BrowserEvent[]): Promise<void> {
  if (events.length === 0) return;
  await BrowserEvents.collection.bulkWrite(
    events.map((event) => ({
      updateOne: {
        filter: { _id: `${attempt}-${event.id}` as never },
        update: { $setOnInsert: { attempt, atMs: event.atMs, event, open: true as const } },
        upsert: true,
      },
    })),
  );
}

/** How many events of an attempt there are. */
export const countEvents = (attempt: string): Promise<number> => BrowserEvents.countDocuments({ attempt }).exec();

/** Which of these ids are events of the attempt already. */
export async function knownEvents(attempt: string, ids: readonly string[]): Promise<Set<string>> {
  const found = await BrowserEvents.find({ _id: trusted({ $in: ids.map((id) => `${attempt}-${id}`) }) }, { _id: 1 }).lean<Pick<BrowserEventDocument, '_id'>[]>().exec();
  return new Set(found.map(({ _id }) => _id.slice(attempt.length + 1)));
}

/** Which of some attempts have events that no recorder worker has heard of yet. */
export async function openEventsIn(attempts: readonly string[]): Promise<Set<string>> {
  const found = await BrowserEvents.find({ attempt: trusted({ $in: [...attempts] }), open: true }, { attempt: 1 })
    .lean<Pick<BrowserEventDocument, 'attempt'>[]>()
    .exec();
  return new Set(found.map(({ attempt }) => attempt));
}

/** The events of an attempt, in order of time; read as they are needed. */
export const browserEventsOf = (attempt: string): AsyncIterable<BrowserEventDocument> =>
  BrowserEvents.collection.find<BrowserEventDocument>({ attempt }, { batchSize: 100 }).sort({ attempt: 1, atMs: 1 });
