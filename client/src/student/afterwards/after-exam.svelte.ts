import type { DownloadAnswer, OwnAttempt, RequestKind } from '@vigil/protocol';
import { sentenceOf } from '../checks/words.js';
import type { Ask } from '../session/api.js';

/** Longest wait for an answer, ms. */
const withinMs = 10_000;

/** What the page needs of the rest. */
export interface AfterExamParts {
  ask: Ask;
  /** Fetches in the student's name. */
  media: (url: string, init: RequestInit) => Promise<Response>;
  /** Has the browser save what is at an address. */
  save: (url: string) => void;
}

/** The student's own attempt when the exam is over, and what the page's buttons do. */
export class AfterExam {
  own = $state.raw<OwnAttempt>();
  /** Why it could not be loaded; what was there before stays. */
  problem = $state('');
  readonly #parts: AfterExamParts;
  #loads = 0;

  constructor(parts: AfterExamParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    // The answer to the last one counts, whichever comes last.
    const mine = (this.#loads += 1);
    try {
      const own = (await this.#parts.ask('GET', 'own', withinMs)) as OwnAttempt;
      if (mine !== this.#loads) return;
      this.own = own;
      this.problem = '';
    } catch (error) {
      if (mine === this.#loads) this.problem = sentenceOf(error);
    }
  }

  /** @returns why it was not saved, in a sentence; empty: it is. */
  reply(release: string, text: string, seen: number): Promise<string> {
    return this.#tried(() => this.#parts.ask('POST', `releases/${release}/reply`, withinMs, { text, seen }));
  }

  /** @returns as `reply`. */
  request(kind: RequestKind, text: string): Promise<string> {
    return this.#tried(() => this.#parts.ask('POST', 'requests', withinMs, { kind, text }));
  }

  /** Has the browser save all that is kept. @returns as `reply`. */
  download(): Promise<string> {
    return this.#tried(async () => {
      const { url } = (await this.#parts.ask('POST', 'download', withinMs, {})) as DownloadAnswer;
      this.#parts.save(url);
    });
  }

  /** The address of a finding's picture inside of this page; undefined: it cannot be had now. */
  async picture(release: string): Promise<string | undefined> {
    const answer = await this.#parts.media(`/api/student/releases/${release}/picture`, { cache: 'no-store' }).catch(() => undefined);
    return answer?.ok ? URL.createObjectURL(await answer.blob()) : undefined;
  }

  async #tried(act: () => Promise<unknown>): Promise<string> {
    let problem = '';
    try {
      await act();
    } catch (error) {
      problem = sentenceOf(error);
    }
    // Also after a refusal: something has changed.
    await this.load();
    return problem;
  }
}
