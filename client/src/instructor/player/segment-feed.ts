import { BRIDGE_MS, type IndexedSegment, type SegmentIndex } from './segment-index.js';
import { coveredMs, holeAt, rangeAt, type Range } from './ranges.js';
import { streamSegment, type Fetch, type Wait } from './segment-stream.js';

/** Loaded parts are kept this far behind the position, and this far ahead of what is wanted, ms. */
const KEEP_MS = 60_000;
/** When the browser's memory is full: what is kept around the position, ms. */
const TIGHT_MS = 10_000;
/** A loaded segment that has lost more than this was evicted by the browser, ms. */
const EVICTED_MS = 1_000;

/** What the feed writes to; `SourceWriter` in a browser. */
export interface Writer {
  /** The run of segments that it is for; another run gets a writer of its own. */
  readonly run: string;
  readonly buffered: Range[];
  begin(segment: IndexedSegment): Promise<void>;
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  evict(keep: Range): Promise<void>;
  /** The run's last segment is loaded. */
  end(): void;
  close(): void;
}

export interface FeedOptions {
  fetch: Fetch;
  wait: Wait;
  openWriter: (first: IndexedSegment) => Writer;
  /** A segment could not be loaded or not be read. */
  onFailed: (segment: IndexedSegment, error: unknown) => void;
}

/** Keeps a track's segments loaded around a position, and nothing else. One request at a time. */
export class SegmentFeed {
  #writer: Writer | undefined;
  #loading: { id: string; controller: AbortController } | undefined;
  /** By id: how many ms of it were in the buffer after it was loaded. */
  readonly #loaded = new Map<string, number>();
  readonly #failed = new Set<string>();
  #evicting = false;

  constructor(private readonly options: FeedOptions) {}

  get buffered(): Range[] {
    return this.#writer?.buffered ?? [];
  }
  hasFailed(segment: IndexedSegment): boolean {
    return this.#failed.has(segment.id);
  }
  /** The whole segment was loaded, and the browser still has it. */
  isLoaded(segment: IndexedSegment, buffered = this.buffered): boolean {
    const covered = this.#loaded.get(segment.id);
    return covered !== undefined && coveredMs(buffered, segment) > covered - EVICTED_MS;
  }

  /** Called over and over with the position: loads what is missing, ends what is not wanted any more. */
  want(index: SegmentIndex, positionMs: number, aheadMs: number): void {
    const buffered = this.buffered;
    const here = index.at(positionMs);
    const wanted = index.wanted(positionMs, aheadMs);
    const target = wanted.find((segment) => !this.#failed.has(segment.id) && !this.isLoaded(segment, buffered));
    if (this.#loading && this.#loading.id !== target?.id) this.#abort();
    if (target && !this.#loading) {
      // The next run takes this one's place: not before the position has left it.
      if (this.#writer && this.#writer.run !== target.run && this.#writer.run !== here?.run) this.#closeWriter();
      if (!this.#writer || this.#writer.run === target.run) this.#load(target, positionMs);
    }
    const last = wanted.find(({ run, endsRun }) => endsRun && run === this.#writer?.run);
    if (last && !this.#loading && this.isLoaded(last, buffered)) this.#writer?.end();
    this.#tidy(buffered, { fromMs: positionMs - KEEP_MS, toMs: positionMs + aheadMs + KEEP_MS });
  }

  /** Forgets failures, so that `want` tries again. */
  retry(): void {
    this.#failed.clear();
  }

  /** After what the browser could not read or decode: starts over with an empty buffer, and leaves out the segment that did it. */
  restart(culprit: IndexedSegment | undefined, error: unknown): void {
    this.#closeWriter();
    if (culprit) this.#fail(culprit, error);
  }

  close(): void {
    this.#closeWriter();
  }

  #load(segment: IndexedSegment, positionMs: number): void {
    const controller = new AbortController();
    this.#loading = { id: segment.id, controller };
    const writer = (this.#writer ??= this.options.openWriter(segment));
    void this.#append(writer, segment, positionMs, controller.signal)
      .then(() => {
        if (!controller.signal.aborted) this.#loaded.set(segment.id, coveredMs(writer.buffered, segment));
      })
      .catch((error: unknown) => {
        if (!controller.signal.aborted) this.#fail(segment, error);
      })
      .finally(() => {
        if (this.#loading?.controller === controller) this.#loading = undefined;
      });
  }

  async #append(writer: Writer, segment: IndexedSegment, positionMs: number, signal: AbortSignal): Promise<void> {
    await writer.begin(segment);
    const { fetch, wait } = this.options;
    for await (const bytes of streamSegment(segment.url, { fetch, wait, signal })) {
      signal.throwIfAborted();
      try {
        await writer.append(bytes);
      } catch (error) {
        signal.throwIfAborted();
        // What a browser could not read ends the whole buffer.
        if (!(error instanceof DOMException && error.name === 'QuotaExceededError')) {
          this.restart(segment, error);
          return;
        }
        await writer.evict({ fromMs: positionMs - TIGHT_MS, toMs: segment.toMs + TIGHT_MS });
        await writer.append(bytes);
      }
    }
  }

  #tidy(buffered: readonly Range[], keep: Range): void {
    const first = buffered.at(0);
    const last = buffered.at(-1);
    // In steps of 30 s, not on every frame.
    const much = first && last && (first.fromMs < keep.fromMs - 30_000 || last.toMs > keep.toMs + 30_000);
    if (!much || this.#evicting || !this.#writer) return;
    this.#evicting = true;
    void this.#writer
      .evict(keep)
      .catch(() => undefined)
      .finally(() => (this.#evicting = false));
  }

  #fail(segment: IndexedSegment, error: unknown): void {
    this.#failed.add(segment.id);
    this.options.onFailed(segment, error);
  }

  #abort(): void {
    this.#loading?.controller.abort();
    this.#loading = undefined;
  }

  #closeWriter(): void {
    this.#abort();
    this.#loaded.clear();
    this.#writer?.close();
    this.#writer = undefined;
    // A closed writer may never answer.
    this.#evicting = false;
  }
}

/** What a pane finds at a position of a segment. */
export type Spot =
  | { kind: 'here'; range: Range }
  /** Nothing here, but the frame at `frameMs` may stand until the next one is there. */
  | { kind: 'hold'; frameMs: number }
  | { kind: 'hole'; hole: Range }
  | { kind: 'missing' };

/** Judges a position inside a segment by what is in the buffer. */
export function spotAt(
  buffered: readonly Range[],
  segment: IndexedSegment,
  positionMs: number,
  loaded: boolean,
): Spot {
  const range = rangeAt(buffered, positionMs);
  if (range) return { kind: 'here', range };
  const around = holeAt(buffered, positionMs);
  const hole = {
    fromMs: Math.max(around.fromMs, segment.fromMs),
    toMs: Math.min(around.toMs, segment.holdToMs),
  };
  if (!loaded) return { kind: 'missing' };
  if (hole.toMs - hole.fromMs >= BRIDGE_MS) return { kind: 'hole', hole };
  return { kind: 'hold', frameMs: around.fromMs >= segment.fromMs ? around.fromMs - 1 : around.toMs };
}
