import type { AttemptStrips, AttemptTimeline, GapCause, TimelineIncident, Track } from '@vigil/protocol';
import { api, isSignedOut } from '../api.js';
import { router } from '../router.svelte.js';
import { attemptPath } from '../routes.js';
import { session } from '../session.svelte.js';
import { FASTEST_SOUND, FastSound } from '../player/fast-sound.js';
import type { Command, ReviewCommand } from '../player/keys.js';
import { Pane } from '../player/pane.js';
import { Player, RATES, type PlayerView } from '../player/player.js';
import { quietAt, worthPlaying } from '../player/quiet.js';
import type { Range } from '../player/ranges.js';
import { SegmentIndex } from '../player/segment-index.js';
import { SourceWriter } from '../player/source-writer.js';
import { StripIndex } from '../player/strip-index.js';

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
  /** Quiet parts are not played. */
  skipping = $state(false);
  /** What was skipped last. */
  skipped = $state.raw<Range>();
  /** Nothing is heard at this speed. */
  soundless = $state(false);
  /** What the attempt looks and sounds like at a glance. */
  strips: StripIndex;
  /** What is played while quiet parts are skipped. */
  worth: readonly Range[];
  /** The strips are there, or cannot be had. */
  glanced = $state(false);

  #found = $state.raw<AttemptStrips>({ segments: [] });
  /** The quiet part that was gone to by hand: who does that wants to see it. */
  #kept: Range | undefined;
  readonly #fast: FastSound;
  #webcam: SegmentIndex;
  readonly #panes: Record<Track, Pane>;
  readonly #player: Player<Track>;
  /** The finding that was gone to last. */
  #chosen: string | undefined;
  /** What is in the record, by track. */
  #recorded: Partial<Record<Track, Range[]>> = {};
  #frame = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(timeline: AttemptTimeline, videos: Record<Track, HTMLVideoElement>, atMs: number, finding?: string) {
    this.timeline = $state.raw(timeline);
    this.strips = $derived(new StripIndex(this.#found, this.timeline));
    this.worth = $derived(worthPlaying(this.timeline, this.strips.speech));
    this.chosen = timeline.incidents.find(({ id }) => id === finding);
    this.#chosen = this.chosen?.id;
    this.#fast = new FastSound({ fetch: (url, init) => fetch(url, init), wait });
    this.#webcam = this.#index('webcam');
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
    this.#webcam = this.#index('webcam');
    this.#panes.webcam.setIndex(this.#webcam);
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
    this.#kept = quietAt(this.worth, this.#player.clock.positionMs, this.lengthMs);
    this.skipped = undefined;
    this.#tick();
    if (!this.view.playing) this.note();
  }
  setRate(rate: number): void {
    this.#player.setRate(rate);
    this.#tick();
  }
  setSkipping(on: boolean): void {
    this.skipping = on;
    this.skipped = undefined;
    this.#kept = undefined;
    this.#tick();
  }
  /** Asks for the strips, anew where more may be there by now. The page does without where there are none. */
  async glance(): Promise<void> {
    try {
      this.#found = await api.strips(this.timeline.id);
    } catch (error) {
      if (isSignedOut(error)) {
        this.note();
        session.expire();
      }
    }
    this.glanced = true;
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
        break;
      case 'skip-quiet':
        this.setSkipping(!this.skipping);
    }
  }

  /** Writes the position into the address. Only while the page is this attempt's: it leads back here. */
  note(): void {
    router.note(attemptPath(this.timeline.id, this.positionMs));
  }
  /** The address of this moment, and of the finding that it is about. */
  get path(): string {
    return attemptPath(this.timeline.id, this.positionMs, this.current?.id);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearInterval(this.#timer);
    this.#panes.webcam.close();
    this.#panes.screen.close();
    this.#fast.close();
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
    this.#skip();
    this.view = this.#player.tick();
    const { clock } = this.#player;
    this.positionMs = clock.positionMs;
    this.#fast.tick({ index: this.#webcam, positionMs: this.positionMs, rate: clock.rate, moving: clock.moving, volume: this.muted ? 0 : this.volume });
    this.soundless = this.#fast.failed && clock.rate > FASTEST_SOUND;
  }

  #skip(): void {
    const { clock } = this.#player;
    // Before it is known where somebody speaks, nothing is quiet.
    if (!this.skipping || !this.glanced || !clock.playing) return;
    const atMs = clock.positionMs;
    const quiet = quietAt(this.worth, atMs, this.lengthMs);
    if (!quiet || (this.#kept && this.#kept.fromMs <= atMs && atMs < this.#kept.toMs)) return;
    this.skipped = { fromMs: atMs, toMs: quiet.toMs };
    this.#player.seek(quiet.toMs);
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
