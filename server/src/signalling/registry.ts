import type { Id } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import { fromDatabase, isDatabaseAway } from '../attempts/database-away.js';
import { interruptAbandoned } from '../attempts/janitor.js';
import { readMediaToken } from '../attempts/media-token.js';
import { refuseUnfit } from '../attempts/sessions.js';
import { practiceOf } from '../practice/practice-files.js';
import { attemptById, holdingsOf } from '../store/attempts.js';
import { examById } from '../store/exams.js';
import type { MediaContext } from './context.js';
import { LiveAttempt } from './live-attempt.js';

/** A socket that was let in: to what, and as which session. */
export interface Admission {
  live: LiveAttempt;
  session: string;
}

/** The attempts that this media process looks after. */
export class Registry {
  readonly #live = new Map<Id, LiveAttempt>();
  readonly #context: MediaContext;
  readonly #secret: string;

  constructor(context: MediaContext, secret: string) {
    this.#context = context;
    this.#secret = secret;
  }

  /** Sessions with a socket. */
  get connected(): number {
    let count = 0;
    for (const live of this.#live.values()) if (live.connected) count += 1;
    return count;
  }

  owns(attempt: Id): boolean {
    return this.#live.has(attempt);
  }

  /**
   * Lets a token's session in. Whether it is the attempt's newest is asked from the database; while that is away, those
   * that were here before are let in again.
   * @throws {VigilError} linkInvalid, linkExpired, noMedia (of another media process), replaced, attemptEnded, noDatabase.
   */
  async admit(token: unknown): Promise<Admission> {
    const { nodeId, logger, now } = this.#context;
    const { attempt, session, node } = readMediaToken(token, this.#secret, now());
    if (node !== nodeId) throw new VigilError('noMedia');
    const document = await fromDatabase(attemptById(attempt)).catch((error: unknown) => {
      const live = this.#live.get(attempt);
      if (!isDatabaseAway(error) || live?.session !== session) throw error;
      return undefined;
    });
    const known = this.#live.get(attempt);
    if (known?.ended) throw new VigilError('attemptEnded');
    if (document === undefined && known) return { live: known, session };
    if (!document) throw new VigilError('linkInvalid');
    refuseUnfit(document);
    if (document.session?.id !== session) throw new VigilError('replaced');
    if (known) return { live: known, session };

    const exam = await fromDatabase(examById(document.exam));
    if (!exam) throw new VigilError('notFound');
    // Recorded before, and not by us: by a process that died. Its files are put right before ours come beside them.
    if (document.startedAt && !document.practice) await this.#context.restore(attempt, () => !this.#live.has(attempt));
    if (document.progress === 'recording') {
      await interruptAbandoned(document, now(), logger);
      document.progress = 'interrupted';
    }
    // Another socket of the attempt may have come while the database was asked.
    const live = this.#live.get(attempt) ?? this.#add(new LiveAttempt(this.#context, document, document.practice ? practiceOf(exam) : exam, () => this.#forget(live)));
    return { live, session };
  }

  /**
   * A socket that was let in is open now. Its attempt may have been forgotten in between, when an older socket closed.
   * @returns false when another `LiveAttempt` has taken the place: two would record the same attempt.
   */
  claim(live: LiveAttempt): boolean {
    if (!live.ended && !this.#live.has(live.id)) this.#add(live);
    return live.ended || this.#live.get(live.id) === live;
  }

  /** Each attempt here follows what an instructor has set meanwhile. @throws {VigilError} noDatabase. */
  async follow(): Promise<void> {
    if (this.#live.size === 0) return;
    const holdings = await fromDatabase(holdingsOf([...this.#live.keys()]));
    await Promise.all(holdings.map(async (holding) => this.#live.get(holding._id)?.follow(holding)));
  }

  /** The worker died: every room is gone. */
  loseMedia(): void {
    for (const live of this.#live.values()) {
      live.loseMedia().catch((error: unknown) => {
        this.#context.logger.error({ err: error, attempt: live.id }, 'recording not closed after the worker died');
      });
    }
  }

  /** Closes every recording; resolves when all is durable. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#live.values()].map((live) => live.shutDown()));
    this.#live.clear();
  }

  #add(live: LiveAttempt): LiveAttempt {
    this.#live.set(live.id, live);
    return live;
  }

  #forget(live: LiveAttempt): void {
    if (this.#live.get(live.id) === live) this.#live.delete(live.id);
  }
}
