import type { GapCause } from '@vigil/protocol';
import { follow } from './follow.js';
import { toMediaSeconds, toPositionMs } from './media-time.js';
import type { IndexedSegment, SegmentIndex } from './segment-index.js';
import { SegmentFeed, spotAt, type FeedOptions } from './segment-feed.js';

/** Near the end of what is loaded a media element says that it lacks data, though it can show the frame. ms of real time. */
const EDGE_MS = 300;
/** Sent into the last frame before a gap a browser may show nothing; a paused pane stays so far before the end, ms. */
const TAIL_MS = 150;

/** What of an `HTMLVideoElement` a pane uses. */
export type Screenlike = Pick<
  HTMLVideoElement,
  'currentTime' | 'playbackRate' | 'paused' | 'seeking' | 'ended' | 'readyState' | 'error' | 'play' | 'pause'
>;

/** What a pane shows at the clock's position. */
export type PaneView =
  /** `picture` is false where only sound was recorded; `cause` says why. `later`: the browser kept it, and sent it later. */
  | { state: 'playing' | 'paused'; picture: boolean; cause: GapCause | undefined; later: boolean }
  | { state: 'waiting' }
  /** Nothing was recorded; `cause` where the server knows it. `untilMs` is Infinity where nothing comes after. */
  | { state: 'gap'; cause: GapCause | undefined; untilMs: number }
  | { state: 'failed'; segment: IndexedSegment; error: unknown };

/** What the pane is told on every tick. */
export interface PaneTick {
  positionMs: number;
  rate: number;
  /** The clock moves. */
  moving: boolean;
  /** The clock was sent here, and the panes are not there yet: this one jumps, it does not hurry. */
  sought: boolean;
}

export interface PaneOptions extends Omit<FeedOptions, 'onFailed'> {
  video: Screenlike;
  index: SegmentIndex;
  /** Why nothing is there at a position, ms. */
  causeAt: (positionMs: number) => GapCause | undefined;
  /** The browser does not let a page play by itself. */
  onBlocked: () => void;
  onFailed: (segment: IndexedSegment, error: unknown) => void;
}

/** One track's picture (and sound): follows the master clock, loads what is near, says what it shows. */
export class Pane {
  #index: SegmentIndex;
  #wantedRate = 1;
  readonly #feed: SegmentFeed;
  readonly #failures = new Map<string, unknown>();

  constructor(private readonly options: PaneOptions) {
    this.#index = options.index;
    this.#feed = new SegmentFeed({
      ...options,
      onFailed: (segment, error) => {
        this.#failures.set(segment.id, error);
        options.onFailed(segment, error);
      },
    });
  }

  /** New segments of an attempt that is still being recorded; what is loaded stays. */
  setIndex(index: SegmentIndex): void {
    this.#index = index;
  }

  /** Tries again what could not be loaded. */
  retry(): void {
    this.#feed.retry();
  }

  close(): void {
    this.options.video.pause();
    this.#feed.close();
  }

  /** Does what the position asks for and says what is to be seen. */
  tick({ positionMs, rate, moving, sought }: PaneTick): PaneView {
    const { video } = this.options;
    const segment = this.#index.at(positionMs);
    if (video.error) {
      const culprit = this.#index.at(toPositionMs(video.currentTime)) ?? segment;
      this.#feed.restart(culprit, new DOMException(video.error.message, 'EncodingError'));
      return this.#rest({ state: 'waiting' });
    }
    this.#feed.want(this.#index, positionMs, 30_000 + 8_000 * rate);
    if (!segment) return this.#gap(positionMs, this.#index.after(positionMs)?.fromMs ?? Infinity);
    const buffered = this.#feed.buffered;
    const spot = spotAt(buffered, segment, positionMs, this.#feed.isLoaded(segment, buffered));
    if (spot.kind === 'missing') {
      if (!this.#feed.hasFailed(segment)) return this.#rest({ state: 'waiting' });
      return this.#rest({ state: 'failed', segment, error: this.#failures.get(segment.id) });
    }
    if (spot.kind === 'hole') return this.#gap(positionMs, spot.hole.toMs);
    const picture = segment.kind !== 'sound';
    const cause = picture ? undefined : this.options.causeAt(positionMs);
    const shown = { state: moving ? 'playing' : 'paused', picture, cause, later: segment.later } as const;
    if (spot.kind === 'hold') {
      if (!moving) {
        this.#rest(shown);
        if (!video.seeking && Math.abs(toPositionMs(video.currentTime) - spot.frameMs) > EDGE_MS) this.#jump(spot.frameMs);
      }
      return shown;
    }
    const currentMs = toPositionMs(video.currentTime);
    // A picture that has come to the end of a range stands just outside of it.
    const connected = currentMs >= spot.range.fromMs - 1 && currentMs <= spot.range.toMs + 1;
    if (!video.seeking || !connected) {
      const targetMs = moving ? positionMs : Math.min(positionMs, Math.max(spot.range.fromMs, spot.range.toMs - TAIL_MS));
      const step = follow({ positionMs: targetMs, currentMs, rate, playing: moving, sought, connected, lastRate: this.#wantedRate });
      if ('jumpTo' in step) this.#jump(step.jumpTo);
      this.#setRate('rate' in step ? step.rate : rate);
    }
    if (moving) this.#play();
    else if (!video.paused) video.pause();
    const atEdge = spot.range.toMs - positionMs < EDGE_MS * rate;
    const enough = video.readyState >= (moving && !atEdge ? 3 : 2);
    return video.seeking || !enough ? { state: 'waiting' } : shown;
  }

  #gap(positionMs: number, untilMs: number): PaneView {
    return this.#rest({ state: 'gap', cause: this.options.causeAt(positionMs), untilMs });
  }

  #rest(view: PaneView): PaneView {
    if (!this.options.video.paused) this.options.video.pause();
    return view;
  }

  #jump(positionMs: number): void {
    this.options.video.currentTime = toMediaSeconds(positionMs);
  }

  #setRate(rate: number): void {
    this.#wantedRate = rate;
    if (this.options.video.playbackRate !== rate) this.options.video.playbackRate = rate;
  }

  #play(): void {
    const { video } = this.options;
    // Playing from the end would start at the beginning.
    if (!video.paused || video.ended) return;
    video.play().catch((error: unknown) => {
      // A pause that comes before the start of playing rejects too; that is no trouble.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.options.onBlocked();
    });
  }
}
