import type { AttemptTimeline, GapCause, TimelineIncident, Track } from '@vigil/protocol';
import { isSignedOut } from '../api.js';
import { router } from '../router.svelte.js';
import { attemptPath } from '../routes.js';
import { session } from '../session.svelte.js';
import type { Command, ReviewCommand } from '../player/keys.js';
import { Pane } from '../player/pane.js';
import { Player, RATES, type PlayerView } from '../player/player.js';
import type { Range } from '../player/ranges.js';
import { SegmentIndex } from '../player/segment-index.js';
import { SourceWriter } from '../player/source-writer.js';

/** A finding is played from so long before it, ms. */
const LEAD_MS = 2_000;
const JUMPS = { 'back-5': -5_000, 'forward-5': 5_000, 'back-1': -1_000, 'forward-1': 1_000 } as const;

/** Resolves after so long, or when it is stopped. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

/** The review page's state: one player over the attempt's tracks, and what the views show of it. */
export class Review {
  timeline: AttemptTimeline;
  view: PlayerView<Track>;
  positionMs = $state(0);
  volume = $state(1);
  muted = $state(false);
  /** The browser wants a click before it plays. */
  blocked = $state(false);
  /** The finding that was played last. */
  chosen = $state.raw<TimelineIncident>();

  readonly #panes: Record<Track, Pane>;
  readonly #player: Player<Track>;
  /** The finding that was gone to last. */
  #chosen: string | undefined;
  /** What is in the record, by track. */
  #recorded: Partial<Record<Track, Range[]>> = {};
  #frame = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(timeline: AttemptTimeline, videos: Record<Track, HTMLVideoElement>, atMs: number) {
    this.timeline = $state.raw(timeline);
    this.#panes = { webcam: this.#pane('webcam', videos.webcam), screen: this.#pane('screen', videos.screen) };
    this.#player = new Player(this.#panes, () => performance.now(), this.lengthMs);
    this.#player.seek(atMs);
    this.view = $state.raw(this.#player.tick());
    this.positionMs = this.#player.clock.positionMs;
    // Frames stop in a hidden tab; the clock does not.
    this.#timer = setInterval(() => document.hidden && this.#tick(), 500);
    const onFrame = (): void => {
      this.#tick();
      this.#frame = requestAnimationFrame(onFrame);
    };
    this.#frame = requestAnimationFrame(onFrame);
  }

  get lengthMs(): number {
    return Math.max(0, this.timeline.endMs - this.timeline.startMs);
  }

  /** A later answer of the server: new segments and findings; the position stays. */
  update(timeline: AttemptTimeline): void {
    this.timeline = timeline;
    this.#recorded = {};
    this.#player.clock.setLimit(this.lengthMs);
    this.#panes.webcam.setIndex(this.#index('webcam'));
    this.#panes.screen.setIndex(this.#index('screen'));
  }

  toggle(): void {
    if (this.view.playing) this.pause();
    else this.play();
  }
  play(): void {
    this.blocked = false;
    this.#player.play();
    this.#tick();
  }
  pause(): void {
    this.#player.pause();
    this.#tick();
    this.note();
  }
  seek(positionMs: number): void {
    this.#player.seek(positionMs);
    this.#tick();
    if (!this.view.playing) this.note();
  }
  setRate(rate: number): void {
    this.#player.setRate(rate);
    this.#tick();
  }
  retry(track: Track): void {
    this.#panes[track].retry();
  }
  /** Plays a finding from shortly before it. */
  playFinding(incident: TimelineIncident): void {
    this.chosen = incident;
    this.seek(this.#leadOf(incident));
    this.#chosen = incident.id;
    this.play();
  }

  /** The finding that the position is in or shortly before: of several the one that was gone to last, else the one that began last. */
  get current(): TimelineIncident | undefined {
    const atMs = this.timeline.startMs + this.positionMs;
    const near = this.timeline.incidents.filter(({ startMs, endMs }) => startMs - LEAD_MS - 100 <= atMs && atMs <= endMs + LEAD_MS);
    return near.find(({ id }) => id === this.#chosen) ?? near.findLast(({ startMs }) => startMs <= atMs) ?? near[0];
  }

  /** Does what a key asks for; the help, findings and notes are not the player's. */
  command(command: Exclude<Command, ReviewCommand | 'help'>): void {
    const rate = RATES.findIndex((one) => one === this.view.rate);
    switch (command) {
      case 'toggle':
        this.toggle();
        break;
      case 'pause':
        this.pause();
        break;
      case 'faster':
        if (this.view.playing) this.setRate(RATES[rate + 1] ?? this.view.rate);
        this.play();
        break;
      case 'slower-or-back':
        if (this.view.rate > 1) this.setRate(RATES[rate - 1] ?? 1);
        else this.seek(this.positionMs - 10_000);
        break;
      case 'back-5':
      case 'forward-5':
      case 'back-1':
      case 'forward-1':
        this.seek(this.positionMs + JUMPS[command]);
        break;
      case 'previous-finding':
      case 'next-finding':
        this.#toFinding(command === 'next-finding');
        break;
      case 'mute':
        this.muted = !this.muted;
    }
  }

  /** Writes the position into the address. Only while the page is this attempt's: it leads back here. */
  note(): void {
    router.note(attemptPath(this.timeline.id, this.positionMs));
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearInterval(this.#timer);
    this.#panes.webcam.close();
    this.#panes.screen.close();
  }

  #toFinding(next: boolean): void {
    const starts = this.timeline.incidents.map((incident) => ({ id: incident.id, leadMs: this.#leadOf(incident) }));
    // The one that is playing now does not count as the previous one.
    const target = next
      ? starts.find(({ leadMs }) => leadMs > this.positionMs + 100)
      : starts.findLast(({ leadMs }) => leadMs < this.positionMs - 2 * LEAD_MS);
    if (!target) return;
    this.seek(target.leadMs);
    this.#chosen = target.id;
  }

  /** Where to begin with a finding: a little before it, but not in a gap that it follows. ms from the attempt's start. */
  #leadOf({ track, startMs }: TimelineIncident): number {
    const fromMs = startMs - this.timeline.startMs;
    const stretch = this.#recordedOf(track).find((one) => one.fromMs <= fromMs && fromMs < one.toMs);
    return Math.max(fromMs - LEAD_MS, stretch?.fromMs ?? 0, 0);
  }

  #recordedOf(track: Track): Range[] {
    let recorded = this.#recorded[track];
    if (!recorded) {
      const index = this.#index(track);
      recorded = [...index.stretches('picture'), ...index.stretches('sound')];
      this.#recorded[track] = recorded;
    }
    return recorded;
  }

  #tick(): void {
    this.view = this.#player.tick();
    this.positionMs = this.#player.clock.positionMs;
  }

  #index(track: Track): SegmentIndex {
    const segments = this.timeline.tracks.find((one) => one.track === track)?.segments ?? [];
    return new SegmentIndex(segments, this.timeline.startMs);
  }

  #causeAt(track: Track, positionMs: number): GapCause | undefined {
    const atMs = this.timeline.startMs + positionMs;
    return this.timeline.tracks
      .find((one) => one.track === track)
      ?.gaps.find(({ source, startMs, endMs }) => source === track && startMs <= atMs && atMs < endMs)?.cause;
  }

  #pane(track: Track, video: HTMLVideoElement): Pane {
    return new Pane({
      video,
      index: this.#index(track),
      fetch: (url, init) => fetch(url, init),
      wait,
      openWriter: (first) => new SourceWriter(video, first),
      causeAt: (positionMs) => this.#causeAt(track, positionMs),
      onBlocked: () => {
        this.blocked = true;
        this.pause();
      },
      onFailed: (_segment, error) => {
        if (!isSignedOut(error)) return;
        this.note();
        session.expire();
      },
    });
  }
}
