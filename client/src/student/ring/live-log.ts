import type { Track } from '@vigil/protocol';

/** A connection that broke is noticed this much later at most, ms: what was recorded before that may be missing as well. */
const noticedWithinMs = 15_000;

interface Change {
  atMs: number;
  well: boolean;
}

/** Remembers when the live recording of each track was well, by the server's word. Times are server wall clock, ms. */
export class LiveLog {
  readonly #changes: Record<Track, Change[]> = { webcam: [], screen: [] };

  /** What is so from now on. */
  note(track: Track, well: boolean, atMs: number): void {
    const changes = this.#changes[track];
    if (changes.at(-1)?.well !== well) changes.push({ atMs, well });
  }

  /** Whether all tracks that anything is known of are well; not before the first note. */
  get isWell(): boolean {
    const newest = Object.values(this.#changes).flatMap((changes) => changes.slice(-1));
    return newest.length > 0 && newest.every(({ well }) => well);
  }

  /** Whether it was well all the time, and for so long after that a break would have been noticed. Before the first note it was not. */
  wasWell(track: Track, startMs: number, endMs: number, nowMs: number): boolean {
    const untilMs = endMs + noticedWithinMs;
    if (untilMs > nowMs) return false;
    const during = this.#changes[track].filter(({ atMs }) => atMs > startMs && atMs <= untilMs);
    const before = this.#changes[track].findLast(({ atMs }) => atMs <= startMs);
    return before?.well === true && during.every(({ well }) => well);
  }
}
