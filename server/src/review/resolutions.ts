import type { AuditEntry, FalseFindings, MarkBody, Resolution, Verdict } from '@vigil/protocol';
import { incidentsOf, rulesFor, rulesOf, VigilError } from '@vigil/protocol';
import type { z } from 'zod';
import { actorOf, record } from '../privacy/audit.js';
import type { ResolutionDocument, UserDocument } from '../store/index.js';
import { addResolution, examById, falseFindingsOf, findingsOf, noteResolved, removeResolution, resolutionsOf } from '../store/index.js';
import { attemptFor, examFor, resolutionFor } from './access.js';
import { matchResolutions } from './resolved.js';

/** A resolution as pages get it. */
export const resolutionView = ({ _id: id, kind, startMs, endMs, verdict, reason, by, atMs }: ResolutionDocument): Resolution => ({
  id,
  kind,
  startMs,
  endMs,
  verdict,
  ...(reason && { reason }),
  by,
  atMs,
});

const alreadyMarked = (): VigilError => new VigilError('wrongState', 'Somebody has just marked this finding. Look at what they said; it can be undone.');

/** What persons say of incidents. Authorisation is the first line of each method; each change is recorded, then done. */
export class Marks {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Says something of an incident of which nobody has said anything. @throws {VigilError} `notFound`; `wrongState`, with a sentence. */
  async mark(user: UserDocument, id: string, { kind, startMs, endMs, verdict, reason }: z.infer<typeof MarkBody>): Promise<Resolution> {
    const attempt = await attemptFor(user, id);
    const [exam, findings, resolutions] = await Promise.all([examById(attempt.exam), findingsOf([id]), resolutionsOf([id])]);
    if (!exam) throw new VigilError('notFound');
    const incidents = incidentsOf(findings, rulesOf(rulesFor(exam.rules, attempt.accommodations)));
    const incident = incidents.find((one) => one.kind === kind && one.startMs === startMs && one.endMs === endMs);
    if (!incident) throw new VigilError('wrongState', 'The finding has changed meanwhile, or is not there any more. Look at it again.');
    if (matchResolutions(incidents, resolutions).held.has(incident)) throw alreadyMarked();
    const resolution: ResolutionDocument = {
      _id: `${id}-${kind}-${Math.round(startMs)}-${Math.round(endMs)}`,
      attempt: id,
      exam: exam._id,
      kind,
      startMs,
      endMs,
      verdict,
      ...(reason && { reason }),
      by: { id: user._id, name: user.name },
      atMs: this.#now(),
      detector: { name: incident.detector.name, version: incident.detector.version },
    };
    const entry = this.#entry(user, resolution);
    await record({ ...entry, ...(reason && { reason }), detail: detailOf(resolution, null, verdict) });
    // Before and after: the list must not rest on what was known before, whatever fails in between.
    await noteResolved(id);
    if (!(await addResolution(resolution))) {
      await record({ ...entry, reason: 'It could not be set: somebody else was first.', detail: detailOf(resolution, verdict, null) });
      throw alreadyMarked();
    }
    await noteResolved(id);
    return resolutionView(resolution);
  }

  /** Takes back what was said at this time. @throws {VigilError} `notFound`; `wrongState` it was taken back already, or marked anew. */
  async takeBack(user: UserDocument, id: string, atMs: number): Promise<void> {
    const resolution = await resolutionFor(user, id);
    const changed = (): VigilError => new VigilError('wrongState', 'Somebody has just undone this. Look at what they said.');
    if (resolution.atMs !== atMs) throw changed();
    const entry = this.#entry(user, resolution);
    await record({ ...entry, detail: detailOf(resolution, resolution.verdict, null) });
    await noteResolved(resolution.attempt);
    if (!(await removeResolution(resolution))) {
      await record({ ...entry, reason: 'It could not be undone: somebody else was first.', detail: detailOf(resolution, null, null) });
      throw changed();
    }
    await noteResolved(resolution.attempt);
  }

  /** What was said of an exam's findings. @throws {VigilError} `notFound`. */
  async falseFindings(user: UserDocument, id: string): Promise<FalseFindings[]> {
    await examFor(user, id);
    return falseFindingsOf(id);
  }

  #entry(user: UserDocument, { attempt, exam }: ResolutionDocument): Pick<AuditEntry, 'atMs' | 'actor' | 'action' | 'attempt' | 'exam'> {
    return { atMs: this.#now(), actor: actorOf(user), action: 'resolution', attempt, exam };
  }
}

const detailOf = ({ kind, startMs, endMs }: ResolutionDocument, before: Verdict | null, after: Verdict | null): AuditEntry['detail'] => ({ kind, startMs, endMs, before, after });
