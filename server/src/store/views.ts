/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { OverviewView, type SavedView } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { newId } from './mongoose.js';

/** A view of an exam's attempts that an instructor saved, for themselves alone. */
export interface ViewDocument {
  _id: string;
  /** Ids of its instructor and its exam. */
  user: string;
  exam: string;
  /** Each name once for an instructor and an exam. */
  name: string;
  view: OverviewView;
}

const schema = new Schema<ViewDocument>(
  {
    _id: { type: String, default: newId },
    user: { type: String, required: true },
    exam: { type: String, required: true },
    name: { type: String, required: true },
    view: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ user: 1, exam: 1, name: 1 }, { unique: true });

/** The collection `views`. */
export const Views = model('View', schema, 'views');

/** An instructor's views of an exam, by name. What an earlier version saved and this one does not know is left out. */
export async function viewsOf(user: string, exam: string): Promise<SavedView[]> {
  const found = await Views.find({ user, exam }).sort({ name: 1 }).lean<ViewDocument[]>().exec();
  return found.flatMap(({ _id: id, name, view }) => {
    const parsed = OverviewView.safeParse(view);
    return parsed.success ? [{ id, name, view: parsed.data }] : [];
  });
}

/** Saves a view; one with the same name is replaced. */
export const saveView = async ({ user, exam, name, view }: Omit<ViewDocument, '_id'>): Promise<void> => {
  await Views.updateOne({ user, exam, name }, { $set: { view }, $setOnInsert: { _id: newId() } }, { upsert: true }).exec();
};

/** Deletes a view, if it is this instructor's. Idempotent. */
export const removeView = async (user: string, exam: string, id: string): Promise<void> => {
  await Views.deleteOne({ _id: id, user, exam }).exec();
};
