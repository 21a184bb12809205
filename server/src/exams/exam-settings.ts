import type { AccommodationsBody, AuditEntry, ExportBody, RulesBody } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { actorOf, entriesOf, record } from '../privacy/audit.js';
import { attemptFor, examFor } from '../review/access.js';
import type { UserDocument } from '../store/index.js';
import { examById, setAccommodations, setOpenRules } from '../store/index.js';
import { isNone, none, permit, tidied } from './accommodations.js';
import { openRules, rulesChange, tidyRules } from './rules.js';

/** What an instructor sets for an exam and for a single student, and takes from it. Authorisation is the first line of each method; each change is recorded. */
export class ExamSettings {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Changes what is looked for and how it counts. @throws {VigilError} `notFound`. */
  async setRules(user: UserDocument, id: string, { reason, ...body }: z.infer<typeof RulesBody>): Promise<void> {
    const { exam } = await examFor(user, id);
    const rules = tidyRules(body);
    const detail = rulesChange(exam.rules, rules);
    if (!detail) return;
    await record({ atMs: this.#now(), actor: actorOf(user), action: 'rules', exam: id, ...(reason && { reason }), detail });
    await setOpenRules(id, rules, openRules);
  }

  /** Sets what is made easier for one student, in place of what held before. @throws {VigilError} `notFound`, and what `permit` throws. */
  async setAccommodations(user: UserDocument, id: string, { accommodations, reason }: z.infer<typeof AccommodationsBody>): Promise<void> {
    const attempt = await attemptFor(user, id);
    const exam = await examById(attempt.exam);
    if (!exam) throw new VigilError('notFound');
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
