import { FFmpeg } from '@ffmpeg/ffmpeg';
import coreURL from '@ffmpeg/core?url';
import wasmURL from '@ffmpeg/core/wasm?url';
import type { Track } from '@vigil/protocol';
import { streamSegment, type Fetch, type Wait } from '../player/segment-stream.js';
import { clipCommand, names, partCommand } from './clip-command.js';
import { clockPictures, missingPicture, panelPicture, type ClipWords } from './clip-pictures.js';
import { partMs, type Box, type ClipPlan, type Part } from './clip-plan.js';
import classWorkerURL from './clip-worker.ts?worker&url';

export interface JoinOptions {
  plan: ClipPlan;
  /** The attempt's start, ms since 1970. */
  startMs: number;
  words: ClipWords;
  fetch: Fetch;
  wait: Wait;
  /** Stops the work: the worker ends at once. */
  signal: AbortSignal;
  /** How much is done, 0 to 1; 0 once, when ffmpeg is loaded and the work begins. */
  onProgress: (done: number) => void;
}

/** The share of the work that the parts are; the rest is the file. */
const PARTS = 0.96;

/** ffmpeg could not read what it was given, or had no memory left. */
export class JoinError extends Error {
  override readonly name = 'JoinError';
}

function joined(list: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of list) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** 10 MB come in this time on a slow line, ms. */
const loadLimitMs = 120_000;

/**
 * Makes the clip in a worker: part by part, then the file of all parts.
 * @throws {VigilError} when a recording cannot be fetched
 * @throws {JoinError} when ffmpeg fails
 * @throws {DOMException} `AbortError` when it was stopped
 */
export async function joinClip(options: JoinOptions): Promise<Blob> {
  const { signal } = options;
  signal.throwIfAborted();
  const ffmpeg = new FFmpeg();
  const stop = (): void => ffmpeg.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const absolute = (url: string): string => new URL(url, location.href).href;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new JoinError('the program did not load')), loadLimitMs)));
    const loaded = ffmpeg.load({ coreURL: absolute(coreURL), wasmURL: absolute(wasmURL), classWorkerURL: absolute(classWorkerURL) });
    // It says nothing where its files cannot be had.
    await Promise.race([loaded, late]).finally(() => clearTimeout(timer));
    options.onProgress(0);
    const made = await new Joiner(ffmpeg, options).run();
    signal.throwIfAborted();
    return new Blob([made], { type: 'video/mp4' });
  } catch (error) {
    // What the end of the worker makes of a call that was under way says nothing to a person.
    signal.throwIfAborted();
    // ffmpeg's worker throws words.
    throw typeof error === 'string' ? new JoinError(error) : error;
  } finally {
    signal.removeEventListener('abort', stop);
    ffmpeg.terminate();
  }
}

class Joiner {
  /** Recordings in ffmpeg's file system, by address. */
  readonly #files = new Map<string, string>();
  #made = 0;
  #log: string[] = [];
  #onFrames: (frames: number) => void = () => undefined;

  constructor(
    private readonly ffmpeg: FFmpeg,
    private readonly options: JoinOptions,
  ) {
    ffmpeg.on('log', ({ message }) => {
      this.#log = [...this.#log.slice(-20), message];
      const frames = /^frame=\s*(\d+)/.exec(message)?.[1];
      if (frames) this.#onFrames(Number(frames));
    });
  }

  async run(): Promise<Uint8Array<ArrayBuffer>> {
    const { plan, onProgress, words } = this.options;
    const { ffmpeg } = this;
    await ffmpeg.writeFile(names.panel, panelPicture(plan.layout.panel, words));
    for (const [track, box] of Object.entries(plan.layout.panes) as [Track, Box][]) await ffmpeg.writeFile(names.missing(track), missingPicture(box));
    const pictures: Uint8Array[] = [];
    const sounds: Uint8Array[] = [];
    let done = 0;
    for (const part of plan.parts) {
      this.#onFrames = (frames) => onProgress((PARTS * (done + Math.min(frames, part.frames))) / plan.frames);
      await this.#part(part);
      pictures.push(await this.#taken(names.picture));
      sounds.push(await this.#taken(names.sound));
      done += part.frames;
      onProgress((PARTS * done) / plan.frames);
    }
    this.#onFrames = (frames) => onProgress(PARTS + ((1 - PARTS) * Math.min(frames, plan.frames)) / plan.frames);
    await this.#keepOnly(new Set());
    await ffmpeg.writeFile(names.pictures, joined(pictures.splice(0)));
    await ffmpeg.writeFile(names.sounds, joined(sounds.splice(0)));
    await this.#exec(clipCommand(`${words.student}, ${words.exam}, ${words.day}`));
    return this.#taken(names.clip);
  }

  async #part(part: Part): Promise<void> {
    const { plan, startMs } = this.options;
    const urls = new Set([...Object.values(part.pictures).flat(), ...part.sounds].map(({ url }) => url));
    await this.#keepOnly(urls);
    for (const url of urls) await this.#fetch(url);
    const wallMs = startMs + part.fromMs;
    const clockMs = ((wallMs % 1_000) + 1_000) % 1_000;
    await this.ffmpeg.writeFile(names.clock, clockPictures(plan.layout.clock, wallMs - clockMs, Math.ceil((partMs(part) + clockMs) / 1_000)));
    await this.#exec(partCommand(part, plan.layout, (url) => this.#files.get(url) ?? '', clockMs));
  }

  async #fetch(url: string): Promise<void> {
    if (this.#files.has(url)) return;
    const { fetch, wait, signal } = this.options;
    const bytes: Uint8Array[] = [];
    for await (const some of streamSegment(url, { fetch, wait, signal })) bytes.push(some);
    const file = `recording-${this.#made++}.webm`;
    await this.ffmpeg.writeFile(file, joined(bytes));
    this.#files.set(url, file);
  }

  async #keepOnly(urls: ReadonlySet<string>): Promise<void> {
    for (const [url, file] of this.#files) {
      if (urls.has(url)) continue;
      await this.ffmpeg.deleteFile(file);
      this.#files.delete(url);
    }
  }

  async #taken(file: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.ffmpeg.readFile(file);
    if (typeof bytes === 'string' || !bytes.length) throw new JoinError(`${file} is empty: ${this.#log.slice(-3).join(' | ')}`);
    await this.ffmpeg.deleteFile(file);
    return bytes as Uint8Array<ArrayBuffer>;
  }

  async #exec(command: string[]): Promise<void> {
    const code = await this.ffmpeg.exec(['-hide_banner', '-nostdin', ...command]);
    if (code !== 0) throw new JoinError(`ffmpeg ended with ${code}: ${this.#log.slice(-5).join(' | ')}`);
  }
}
