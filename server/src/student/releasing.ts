import type { AnswerBody, Evidence, ReleaseBody, StudentRequest, StudentSide } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { evidenceMoves } from '../attempts/evidence.js';
import { recordOf } from '../attempts/gaps.js';
import { hasEnded } from '../attempts/progress.js';
import { lackingSeconds } from '../attempts/tolerable.js';
import { actorOf, record } from '../privacy/audit.js';
import { keptUntil } from '../privacy/kept-until.js';
import { attemptFor } from '../review/access.js';
import type { AttemptDocument, ExamDocument, ReleaseDocument, UserDocument } from '../store/index.js';
import { addReleases, answerRequest, examById, isUnread, noteRepliesRead, releaseById, releasesOf, removeUnseen, segmentsOf } from '../store/index.js';
import { incidentsIn, matchReleases } from './shown.js';

/** What an instructor shows the student of an attempt, and what comes back. Authorisation is the first line of each method; each change is recorded, then done. */
export class Releasing {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is shown, replied and asked for. @throws {VigilError} `notFound`. */
  async show(user: UserDocument, id: string): Promise<StudentSide> {
    const { attempt, exam } = await this.#own(user, id);
    const releases = await releasesOf(id);
    const incidents = releases.length ? matchReleases(await incidentsIn(attempt, exam), releases) : undefined;
    return {
      releases: releases.map((release) => ({
        id: release._id,
        kind: release.kind,
        startMs: release.startMs,
        endMs: release.endMs,
        ...(release.detail && { detail: release.detail }),
        incident: incidents?.get(release._id)?.id ?? null,
        by: release.by,
        atMs: release.atMs,
        ...(release.seenAtMs !== undefined && { seenAtMs: release.seenAtMs }),
        replies: release.replies,
        unread: isUnread(release),
      })),
      requests: attempt.requests ?? [],
      keptUntilMs: keptUntil(attempt, exam),
      open: canShow(attempt),
    };
  }

  /** Shows incidents to the student; none, where one has changed. What is shown already stays as it is. @throws {VigilError} `notFound`; `wrongState`, with a sentence. */
  async release(user: UserDocument, id: string, { moments }: z.infer<typeof ReleaseBody>): Promise<void> {
    const { attempt, exam } = await this.#own(user, id);
    if (!canShow(attempt)) throw new VigilError('wrongState', hasEnded(attempt.progress) ? 'What was recorded is deleted.' : 'The attempt is not over. Findings can be shown to the student when it is.');
    const incidents = await incidentsIn(attempt, exam);
    const chosen = moments.map(({ kind, startMs, endMs }) => incidents.find((one) => one.kind === kind && one.startMs === startMs && one.endMs === endMs));
    const known = matchReleases(incidents, await releasesOf(id));
    const shown = new Set([...known.values()].map((one) => one.id));
    const atMs = this.#now();
    const releases = chosen.map((incident): ReleaseDocument => {
      if (!incident) throw new VigilError('wrongState', 'A finding has changed meanwhile, or is not there any more. Look at the list again.');
      const { kind, startMs, endMs, detail } = incident;
      return { _id: releaseId(id, incident), attempt: id, exam: exam._id, kind, startMs, endMs, ...(detail && { detail }), by: { id: user._id, name: user.name }, atMs, replies: [] };
    });
    const fresh = releases.filter((_, place) => !shown.has(chosen[place]?.id ?? ''));
    if (!fresh.length) return;
    await record({ atMs, actor: actorOf(user), action: 'release', attempt: id, exam: exam._id, detail: { shown: fresh.map(({ kind, startMs, endMs }) => ({ kind, startMs, endMs })) } });
    await addReleases(fresh);
  }

  /** Takes back what the student has not seen. @throws {VigilError} `notFound`; `wrongState`: it was seen. */
  async takeBack(user: UserDocument, releaseName: string): Promise<void> {
    const release = await releaseById(releaseName);
    if (!release) throw new VigilError('notFound');
    await attemptFor(user, release.attempt);
    const seen = (): VigilError => new VigilError('wrongState', 'The student has seen it already. It cannot be taken back any more.');
    if (release.seenAtMs !== undefined) throw seen();
    const { attempt, exam, kind, startMs, endMs } = release;
    const entry = { actor: actorOf(user), action: 'release' as const, attempt, exam };
    await record({ ...entry, atMs: this.#now(), detail: { takenBack: [{ kind, startMs, endMs }] } });
    if (await removeUnseen(releaseName)) return;
    const still = await releaseById(releaseName);
    // Somebody else has taken it back.
    if (!still) return;
    await record({ ...entry, atMs: this.#now(), reason: 'It could not be taken back: the student has seen it.', detail: { shown: [{ kind, startMs, endMs }] } });
    throw seen();
  }

  /** Replies up to a time are read. @throws {VigilError} `notFound`. */
  async read(user: UserDocument, id: string, upToMs: number): Promise<void> {
    await attemptFor(user, id);
    await noteRepliesRead(id, Math.min(upToMs, this.#now()));
  }

  /** Answers a request; to a dispute, the hold comes off in the same write. @throws {VigilError} `notFound`; `wrongState`: it is answered. */
  async answer(user: UserDocument, id: string, { request, text }: z.infer<typeof AnswerBody>): Promise<void> {
    const { attempt, exam } = await this.#own(user, id);
    const place = (attempt.requests ?? []).findIndex((one) => one.id === request);
    const asked = attempt.requests?.[place];
    if (!asked) throw new VigilError('notFound');
    const answered = (): VigilError => new VigilError('wrongState', 'Somebody has just answered this. Look at what they wrote.');
    if (asked.answer) throw answered();
    const atMs = this.#now();
    const release = asked.kind === 'dispute' && attempt.evidence === 'held' ? await offHold(attempt, exam, atMs) : undefined;
    const answer: StudentRequest['answer'] = { atMs, by: { id: user._id, name: user.name }, text };
    const entry = { actor: actorOf(user), action: 'student-answered' as const, attempt: id, exam: exam._id };
    const detail = { kind: asked.kind, request, before: attempt.evidence, after: release?.to ?? attempt.evidence };
    await record({ ...entry, atMs, reason: text, detail });
    if (await answerRequest(attempt, place, answer, release)) return;
    await record({ ...entry, atMs: this.#now(), reason: 'It could not be answered: somebody else was first.', detail: { ...detail, kind: null } });
    throw answered();
  }

  async #own(user: UserDocument, id: string): Promise<{ attempt: AttemptDocument; exam: ExamDocument }> {
    const attempt = await attemptFor(user, id);
    const exam = await examById(attempt.exam);
    if (!exam) throw new VigilError('notFound');
    return { attempt, exam };
  }
}

const canShow = ({ progress, evidence }: AttemptDocument): boolean => hasEnded(progress) && evidence !== 'purged';

const releaseId = (attempt: string, { kind, startMs, endMs }: Pick<ReleaseDocument, 'kind' | 'startMs' | 'endMs'>): string => `${attempt}-${kind}-${Math.round(startMs)}-${Math.round(endMs)}`;

/** The move that takes the hold off: the record is what it is found to be, or will be when the attempt is over. */
async function offHold(attempt: AttemptDocument, exam: ExamDocument, nowMs: number): Promise<{ from: Evidence; to: Evidence }> {
  if (!hasEnded(attempt.progress)) return { from: 'held', to: evidenceMoves.releaseReceiving.to };
  const seconds = lackingSeconds(recordOf(attempt, exam, await segmentsOf([attempt._id]), attempt.history, nowMs));
  return { from: 'held', to: evidenceMoves[seconds === 0 ? 'releaseComplete' : 'releasePartial'].to };
}
