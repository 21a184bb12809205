/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { ScreenText } from '@vigil/protocol';
import { Schema, model } from 'mongoose';

/** Text that stood on the screen in an attempt. */
export interface ScreenTextDocument extends ScreenText {
  _id: string;
  attempt: string;
}

const schema = new Schema<ScreenTextDocument>(
  { _id: { type: String, required: true }, attempt: { type: String, required: true }, startMs: Number, endMs: Number, text: String },
  { versionKey: false },
);
schema.index({ attempt: 1, startMs: 1 });

/** The collection `screenTexts`. Only the recorder worker writes it; here it is read. */
export const ScreenTexts = model('ScreenText', schema, 'screenTexts');

/** The texts of some attempts that a pattern matches, by attempt, in order of time; read as they are needed. */
export const screenTextsWith = (attempts: readonly string[], pattern: RegExp): AsyncIterable<ScreenTextDocument> =>
  ScreenTexts.collection
    .find<ScreenTextDocument>({ attempt: { $in: [...attempts] }, text: pattern }, { batchSize: 100 })
    .sort({ attempt: 1, startMs: 1 });

/** All texts of an attempt, in order of time; read as they are needed. */
export const screenTextsOf = (attempt: string): AsyncIterable<ScreenTextDocument> =>
  ScreenTexts.collection.find<ScreenTextDocument>({ attempt }, { batchSize: 100 }).sort({ attempt: 1, startMs: 1 });
