import type { ReviewNote, ReviewNoteBody } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import type { ReviewNoteDocument, UserDocument } from '../store/index.js';
import { changeReviewNote, countReviewNotes, newId, removeReviewNote, ReviewNotes } from '../store/index.js';
import { attemptFor, noteFor } from './access.js';

/** More notes on one attempt nobody reads. */
const mostNotes = 1_000;

/** A note as pages get it. */
export const noteView = ({ _id: id, startMs, endMs, text, by, atMs, editedAtMs }: ReviewNoteDocument): ReviewNote => ({
  id,
  startMs,
  endMs,
  text,
  by,
  atMs,
  ...(editedAtMs !== undefined && { editedAtMs }),
});

/** Instructors' notes on intervals of attempts: all of a course read them, each changes their own. */
export class Notes {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws {VigilError} `notFound`; `wrongState` its recording is deleted, or there are too many. */
  async add(user: UserDocument, attempt: string, { startMs, endMs, text }: z.infer<typeof ReviewNoteBody>): Promise<ReviewNote> {
    const { evidence } = await attemptFor(user, attempt);
    if (evidence === 'purged') throw new VigilError('wrongState', 'The recording of this attempt is deleted. There is nothing left to note.');
    if ((await countReviewNotes(attempt)) >= mostNotes) throw new VigilError('wrongState', `There are ${mostNotes} notes on this attempt already. Delete some first.`);
    const note: ReviewNoteDocument = { _id: newId(), attempt, startMs, endMs, text, by: { id: user._id, name: user.name }, atMs: this.#now() };
    await ReviewNotes.create(note);
    return noteView(note);
  }

  /** Changes one's own. @throws {VigilError} `notFound`, `notAllowed`. */
  async change(user: UserDocument, id: string, { startMs, endMs, text }: z.infer<typeof ReviewNoteBody>): Promise<ReviewNote> {
    onlyOwn(await noteFor(user, id), user);
    const after = await changeReviewNote(id, user._id, { startMs, endMs, text, editedAtMs: this.#now() });
    if (!after) throw new VigilError('notFound');
    return noteView(after);
  }

  /** Deletes one's own. @throws {VigilError} `notFound`, `notAllowed`. */
  async remove(user: UserDocument, id: string): Promise<void> {
    onlyOwn(await noteFor(user, id), user);
    await removeReviewNote(id, user._id);
  }
}

function onlyOwn({ by }: ReviewNoteDocument, user: UserDocument): void {
  if (by.id !== user._id) throw new VigilError('notAllowed', 'A note can be changed and deleted only by who wrote it.');
}
