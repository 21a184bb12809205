import type { IndexedSegment, SegmentIndex } from './segment-index.js';
import { streamSegment, type Fetch, type Wait } from './segment-stream.js';

/** Above this, browsers play no sound (as their makers say of Chromium and Firefox; not measured): it is made here. */
export const FASTEST_SOUND = 4;
/** Speech needs no more, Hz. */
const SAMPLE_RATE = 24_000;
/** What is heard of each stretch, and how far such pieces lie apart, ms: half of each is cross-faded with its neighbours. */
const PIECE_MS = 120;
const STEP_MS = 60;
/** The loudest piece is looked for in steps of this, ms. */
const LOOK_MS = 20;
/** Sound may be so far from the clock before it is started anew, s. */
const DRIFT_S = 0.12;
/** Segments whose sound is kept. */
const KEPT = 6;

/**
 * Makes sound shorter by a rate and keeps its pitch: of each stretch the loudest piece is heard, so that no word and no knock is
 * missed, however short.
 * @param samples mono, −1 to 1.
 */
export function squeeze(samples: Float32Array, sampleRate: number, rate: number): Float32Array<ArrayBuffer> {
  const [piece, step, look] = [PIECE_MS, STEP_MS, LOOK_MS].map((ms) => Math.round((ms / 1_000) * sampleRate)) as [number, number, number];
  const stretch = Math.round(step * rate);
  const out = new Float32Array(Math.max(0, Math.round(samples.length / rate)));
  // Energy up to each look, so that a piece's is one subtraction.
  const sums = new Float64Array(Math.ceil(samples.length / look) + 1);
  for (let at = 0; at < sums.length - 1; at++) {
    let sum = 0;
    for (let sample = at * look; sample < Math.min(samples.length, (at + 1) * look); sample++) sum += (samples[sample] ?? 0) ** 2;
    sums[at + 1] = (sums[at] ?? 0) + sum;
  }
  const energyAt = (first: number): number => (sums[Math.min(sums.length - 1, first + PIECE_MS / LOOK_MS)] ?? 0) - (sums[first] ?? 0);
  for (let from = 0, to = 0; from < samples.length; from += stretch, to += step) {
    let best = Math.floor(from / look);
    for (let at = best; at * look + piece <= Math.min(samples.length, from + stretch); at++) if (energyAt(at) > energyAt(best)) best = at;
    for (let at = 0; at < piece; at++) {
      const place = to + at - step / 2;
      if (place < 0 || place >= out.length) continue;
      const fade = 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / piece);
      out[place] = (out[place] ?? 0) + fade * (samples[best * look + at] ?? 0);
    }
  }
  return out;
}

interface Playing {
  id: string;
  rate: number;
  source: AudioBufferSourceNode;
  /** The context's time at which the segment's beginning would have been heard, s. */
  zeroS: number;
}

/** What a tick asks for. */
export interface FastTick {
  index: SegmentIndex;
  positionMs: number;
  rate: number;
  /** The clock moves. */
  moving: boolean;
  /** 0 to 1. */
  volume: number;
}

/** Plays a track's sound where the browser is silent because it is too fast. */
export class FastSound {
  /** It cannot: there is no sound at this speed. */
  failed = false;
  readonly #ready = new Map<string, AudioBuffer | 'loading' | 'none'>();
  readonly #stop = new AbortController();
  #context: AudioContext | undefined;
  #gain: GainNode | undefined;
  #playing: Playing | undefined;

  constructor(
    private readonly options: { fetch: Fetch; wait: Wait },
    private readonly open = (): AudioContext => new AudioContext({ sampleRate: SAMPLE_RATE }),
  ) {}

  /** To be called on every animation frame. */
  tick({ index, positionMs, rate, moving, volume }: FastTick): void {
    if (rate <= FASTEST_SOUND || !volume || this.failed) {
      this.#silence();
      return;
    }
    const segment = index.at(positionMs);
    const next = index.after(positionMs);
    const context = this.#opened();
    for (const one of [segment, next]) if (one?.kind.includes('sound') && context) void this.#load(context, one, rate);
    const buffer = segment && this.#ready.get(nameOf(segment, rate));
    if (!context || !segment || !moving || !(buffer instanceof AudioBuffer)) {
      this.#silence();
      return;
    }
    // Its time stands still until the browser lets it begin.
    if (context.state !== 'running') return;
    if (this.#gain) this.#gain.gain.value = volume;
    const atS = (positionMs - segment.zeroMs) / 1_000 / rate;
    const zeroS = context.currentTime - atS;
    const now = this.#playing;
    if (now?.id === segment.id && now.rate === rate && Math.abs(now.zeroS - zeroS) < DRIFT_S) return;
    this.#silence();
    if (atS >= buffer.duration || !this.#gain) return;
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(this.#gain);
    source.start(0, Math.max(0, atS));
    this.#playing = { id: segment.id, rate, source, zeroS };
  }

  close(): void {
    this.#stop.abort();
    this.#silence();
    void this.#context?.close();
    this.#context = undefined;
  }

  #silence(): void {
    this.#playing?.source.stop();
    this.#playing = undefined;
  }

  #opened(): AudioContext | undefined {
    if (this.#context) return this.#context;
    try {
      const context = this.open();
      this.#gain = new GainNode(context);
      this.#gain.connect(context.destination);
      this.#context = context;
      // It was asked for by a click or a key.
      void context.resume();
      return context;
    } catch {
      this.failed = true;
      return undefined;
    }
  }

  async #load(context: AudioContext, segment: IndexedSegment, rate: number): Promise<void> {
    const name = nameOf(segment, rate);
    if (this.#ready.has(name)) return;
    this.#ready.set(name, 'loading');
    const { signal } = this.#stop;
    try {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for await (const bytes of streamSegment(segment.url, { ...this.options, signal })) parts.push(bytes);
      const decoded = await context.decodeAudioData(await new Blob(parts).arrayBuffer());
      const short = squeeze(decoded.getChannelData(0), decoded.sampleRate, rate);
      const buffer = new AudioBuffer({ length: Math.max(1, short.length), sampleRate: decoded.sampleRate });
      buffer.copyToChannel(short, 0);
      this.#ready.set(name, buffer);
      for (const old of [...this.#ready.keys()].slice(0, -KEPT)) this.#ready.delete(old);
    } catch (error) {
      this.#ready.set(name, 'none');
      // What cannot be loaded is told by the picture; what cannot be decoded would not be at the next segment either.
      if (error instanceof DOMException && !signal.aborted) this.failed = true;
    }
  }
}

const nameOf = ({ id }: IndexedSegment, rate: number): string => `${id} ${rate}`;
