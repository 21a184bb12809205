import type { AccommodationsBody, AuditEntry, ExportBody } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { actorOf, entriesOf, record } from '../privacy/audit.js';
import { examForStudent } from '../attempts/for-student.js';
import { attemptFor } from '../review/access.js';
import type { UserDocument } from '../store/index.js';
import { examById, setAccommodations } from '../store/index.js';
import { isNone, none, permit, tidied } from './accommodations.js';

/** What an instructor sets for a single student, and takes from it. Authorisation is the first line of each method; each change is recorded. */
export class ExamSettings {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Sets what is made easier for one student, in place of what held before. @throws {VigilError} `notFound`, and what `permit` throws. */
  async setAccommodations(user: UserDocument, id: string, { accommodations, reason }: z.infer<typeof AccommodationsBody>): Promise<void> {
    const attempt = await attemptFor(user, id);
    const found = await examById(attempt.exam);
    if (!found) throw new VigilError('notFound');
    // As it was agreed to.
    const exam = examForStudent(found, { terms: attempt.terms });
    const before = attempt.accommodations ?? none;
    const after = tidied(accommodations, exam.rules);
    const permitted = permit(attempt, exam, after, this.#now());
    const entry = { actor: actorOf(user), action: 'accommodations' as const, attempt: id, exam: exam._id };
    await record({ ...entry, atMs: this.#now(), reason, detail: { before, after } });
    if (await setAccommodations(id, isNone(after) ? undefined : after, { ...permitted, was: attempt.accommodations })) return;
    await record({ ...entry, atMs: this.#now(), reason: 'It could not be set: the attempt had moved on.', detail: { before: after, after: before } });
    throw new VigilError('wrongState', 'The attempt has just moved on. Reload the page and try again.');
  }

  /** Records that a clip is about to be made. @throws {VigilError} `notFound`. */
  async recordExport(user: UserDocument, id: string, { fromMs, toMs, reason }: z.infer<typeof ExportBody>): Promise<void> {
    const { exam } = await attemptFor(user, id);
    await record({ atMs: this.#now(), actor: actorOf(user), action: 'export', attempt: id, exam, ...(reason && { reason }), detail: { fromMs, toMs } });
  }

  /** The audit log of an attempt and of its exam's rules. @throws {VigilError} `notFound`. */
  async audit(user: UserDocument, id: string): Promise<AuditEntry[]> {
    const attempt = await attemptFor(user, id);
    return entriesOf({ attempt: id, exam: attempt.exam });
  }
}
