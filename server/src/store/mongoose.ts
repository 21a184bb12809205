import mongoose, { Types } from 'mongoose';

mongoose.set({
  // Unknown fields in a filter are dropped, not obeyed.
  strictQuery: true,
  // An object that holds `$…` inside a filter becomes `{ $eq: … }`. Operators of our own are wrapped in `trusted()`.
  sanitizeFilter: true,
  // Indexes are made once, in connectDatabase.
  autoIndex: false,
  autoCreate: false,
  // Without a connection a query fails at once with a named error instead of waiting in memory.
  bufferCommands: false,
});

export { mongoose };

/** A new document's id, 24 hexadecimal digits. Ids are kept as strings, as they are in files and in the API. */
export const newId = (): string => new Types.ObjectId().toHexString();

/** Marks a filter's operators as ours: with `sanitizeFilter` all others are disarmed. */
export const trusted = mongoose.trusted;

/** Whether a document could not be made because another has its id, or another value that only one may have. */
export const isDuplicate = (error: unknown): boolean => error instanceof mongoose.mongo.MongoServerError && error.code === 11_000;

/** Of many documents that were to be made at once, the places of those that could not for that reason; undefined: something else was wrong. */
export function duplicatesIn(error: unknown): number[] | undefined {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return undefined;
  const errors = [error.writeErrors].flat();
  return errors.length > 0 && errors.every(({ code }) => code === 11_000) ? errors.map(({ index }) => index) : undefined;
}
