import type { LookAnswer } from '@vigil/protocol';

/** Between an answer and the next picture, ms. */
const betweenMs = 250;
/** So long, and so often at least, before another way is offered, ms. */
const patienceMs = 20_000;
const leastTries = 4;

/** What a look works with. */
export interface LookParts {
  take: () => Promise<Blob>;
  send: (picture: Blob) => Promise<LookAnswer>;
  /** Is told each answer. */
  heard: (answer: LookAnswer) => void;
  pause: (ms: number) => Promise<void>;
  now: () => number;
}

/**
 * Sends pictures, one at a time, until one passes. Gives the last answer; it has not passed when the student has tried for long, and
 * undefined when `signal` ends it. @throws what taking or sending throws
 */
export async function look({ take, send, heard, pause, now }: LookParts, signal: AbortSignal): Promise<LookAnswer | undefined> {
  const sinceMs = now();
  const ended = (): boolean => signal.aborted;
  for (let tries = 1; ; tries += 1) {
    const picture = await take();
    if (ended()) return undefined;
    const answer = await send(picture);
    if (ended()) return undefined;
    heard(answer);
    if (answer.passed || (tries >= leastTries && now() - sinceMs >= patienceMs)) return answer;
    await pause(betweenMs);
  }
}
