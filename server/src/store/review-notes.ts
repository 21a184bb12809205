/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import type { ReviewNote } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { newId } from './mongoose.js';

/** A person's note on an interval of an attempt. */
export interface ReviewNoteDocument extends Omit<ReviewNote, 'id'> {
  _id: string;
  attempt: string;
}

const schema = new Schema<ReviewNoteDocument>(
  {
    _id: { type: String, default: newId },
    attempt: { type: String, required: true },
    startMs: { type: Number, required: true },
    endMs: { type: Number, required: true },
    text: { type: String, required: true },
    by: { _id: false, id: String, name: String },
    atMs: { type: Number, required: true },
    editedAtMs: Number,
  },
  { versionKey: false },
);
schema.index({ attempt: 1, startMs: 1 });

/** The collection `reviewNotes`. */
export const ReviewNotes = model('ReviewNote', schema, 'reviewNotes');

/** The note with this id. */
export const reviewNoteById = (id: string): Promise<ReviewNoteDocument | null> => ReviewNotes.findById(id).lean<ReviewNoteDocument>().exec();

/** The notes on an attempt, in order of time. */
export const reviewNotesOf = (attempt: string): Promise<ReviewNoteDocument[]> =>
  ReviewNotes.find({ attempt }).sort({ startMs: 1, atMs: 1, _id: 1 }).lean<ReviewNoteDocument[]>().exec();

/** How many notes there are on an attempt. */
export const countReviewNotes = (attempt: string): Promise<number> => ReviewNotes.countDocuments({ attempt }).exec();

/** Changes a note of its author. @returns it as it is now; null: it is gone. */
export const changeReviewNote = (id: string, author: string, change: Pick<ReviewNoteDocument, 'startMs' | 'endMs' | 'text' | 'editedAtMs'>): Promise<ReviewNoteDocument | null> =>
  ReviewNotes.findOneAndUpdate({ _id: id, 'by.id': author }, { $set: change }, { returnDocument: 'after' }).lean<ReviewNoteDocument>().exec();

/** Deletes a note of its author. */
export const removeReviewNote = async (id: string, author: string): Promise<void> => {
  await ReviewNotes.deleteOne({ _id: id, 'by.id': author }).exec();
};
