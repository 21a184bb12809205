import type { ReviewedBody, SavedView, ViewBody } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { actorOf, record } from '../privacy/audit.js';
import type { UserDocument } from '../store/index.js';
import { removeView, reviewedOf, saveView, setReviewed, viewsOf } from '../store/index.js';
import { examFor } from './access.js';

/** An instructor has at most so many views of an exam. */
const mostViews = 50;

/** What an instructor does with the list of an exam's attempts. Authorisation is the first line of each method. */
export class OverviewService {
  readonly #now: () => number;

  /** @param now server wall clock, ms since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Marks attempts as reviewed, or takes the mark away, all or none; what is as it should be stays, with its date. One entry in the
   * audit log names those that change. @returns those that were changed.
   * @throws {VigilError} `notFound`: the exam, or one of the attempts in it.
   */
  async mark(user: UserDocument, exam: string, { attempts, reviewed }: z.infer<typeof ReviewedBody>): Promise<string[]> {
    await examFor(user, exam);
    const wanted = new Set(attempts);
    const found = await reviewedOf(exam, [...wanted]);
    if (found.length < wanted.size) throw new VigilError('notFound', 'One of these attempts is not there any more. Reload the page and try again.');
    const changing = found.filter((one) => (one.reviewed !== undefined) !== reviewed).map(({ _id }) => _id);
    if (!changing.length) return [];
    const atMs = this.#now();
    await record({ atMs, actor: actorOf(user), action: 'reviewed', exam, detail: { reviewed, attempts: changing } });
    await setReviewed(changing, reviewed ? { at: new Date(atMs), by: { id: user._id, name: user.name } } : undefined);
    return changing;
  }

  /** The user's own views of an exam. @throws {VigilError} `notFound`. */
  async views(user: UserDocument, exam: string): Promise<SavedView[]> {
    await examFor(user, exam);
    return viewsOf(user._id, exam);
  }

  /** Saves a view under its name. @throws {VigilError} `notFound`; `badInput`: there are too many. */
  async save(user: UserDocument, exam: string, { name, view }: z.infer<typeof ViewBody>): Promise<SavedView[]> {
    await examFor(user, exam);
    const there = await viewsOf(user._id, exam);
    if (there.length >= mostViews && !there.some((one) => one.name === name))
      throw new VigilError('badInput', `There are ${mostViews} views already. Delete one that is not needed any more.`);
    await saveView({ user: user._id, exam, name, view });
    return viewsOf(user._id, exam);
  }

  /** Deletes one of the user's own views. @throws {VigilError} `notFound`: the exam. */
  async remove(user: UserDocument, exam: string, view: string): Promise<SavedView[]> {
    await examFor(user, exam);
    await removeView(user._id, exam, view);
    return viewsOf(user._id, exam);
  }
}
