import type { BrowserContext } from '@playwright/test';
import { readPicture } from './picture-code.js';
import { readBursts } from './sound-code.js';

/** A frame or burst, and the browser's wall clock (ms since 1970) when it was captured. */
export interface Captured {
  atMs: number;
  /** Null: a frame without a code, as a black one. */
  code: number | null;
}

/** What the student's browser itself captured, before any encoding; a list for each track that was opened. */
export interface CaptureTruth {
  webcam: Captured[][];
  screen: Captured[][];
  /** Bursts; `code` is the second modulo 16. */
  microphone: Captured[][];
}

/** What a track captured since the note before. */
interface Note {
  /** Of the track. */
  id: string;
  kind: 'webcam' | 'screen' | 'microphone';
  pictures: [atMs: number, code: number | null][];
  /** Arrival of each chunk, and how many samples there are with it, from the track's first one on. */
  chunks: [atMs: number, samples: number][];
  rate: number;
  /** 16 bit samples, base64. */
  sound: string;
}

/** All notes of a track. */
interface Noted extends Omit<Note, 'sound'> {
  sound: Buffer[];
}

/**
 * Runs in a worker: reads each frame's code and the sound, and tells of them every second, so that what a page noted
 * outlives it. A worker, so that neither the page's load nor the throttling of background tabs delays the notes.
 */
function noteInWorker(read: (luma: Uint8Array, width: number, height: number, stride: number) => number | null): void {
  const pictures: [number, number | null][] = [];
  const chunks: [number, number][] = [];
  // Two seconds at any rate that there is.
  const sound = new Int16Array(2 * 64_000);
  let kept = 0;
  let samples = 0;
  let rate = 16_000;

  const picture = async (frame: VideoFrame, atMs: number): Promise<void> => {
    const format = frame.format;
    if (!format) return;
    const bytes = new Uint8Array(frame.allocationSize());
    const [layout] = await frame.copyTo(bytes);
    const width = frame.visibleRect?.width ?? frame.codedWidth;
    const height = frame.visibleRect?.height ?? frame.codedHeight;
    let luma = bytes.subarray(layout?.offset ?? 0);
    let stride = layout?.stride ?? width;
    if (/^(RGB|BGR)/.test(format)) {
      // Green alone is enough to tell black from white.
      const green = new Uint8Array(width * height);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) green[y * width + x] = luma[y * stride + x * 4 + 1] ?? 0;
      luma = green;
      stride = width;
    }
    pictures.push([atMs, read(luma, width, height, stride)]);
  };

  const hear = (data: AudioData, atMs: number): void => {
    rate = data.sampleRate / 3;
    if (kept + data.numberOfFrames > sound.length) tell();
    const plane = new Float32Array(data.numberOfFrames);
    data.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
    // A third of the rate is enough for the bursts, and for their onsets.
    for (let i = 0; i + 2 < plane.length; i += 3) {
      const mean = ((plane[i] ?? 0) + (plane[i + 1] ?? 0) + (plane[i + 2] ?? 0)) / 3;
      sound[kept++] = Math.max(-1, Math.min(1, mean)) * 32_767;
      samples++;
    }
    chunks.push([atMs, samples]);
  };

  const scope = self as unknown as {
    postMessage(message: unknown): void;
    onmessage: ((event: MessageEvent<{ stream: ReadableStream<VideoFrame | AudioData> }>) => void) | null;
  };
  const tell = (): void => {
    const bytes = new Uint8Array(sound.buffer, 0, kept * 2);
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    scope.postMessage({ pictures: pictures.splice(0), chunks: chunks.splice(0), rate, sound: btoa(text) });
    kept = 0;
  };
  setInterval(tell, 1_000);
  scope.onmessage = ({ data: { stream } }) => {
    const reader = stream.getReader();
    const next = async (): Promise<void> => {
      const { value, done } = await reader.read();
      if (done) return;
      const atMs = Date.now();
      if ('numberOfChannels' in value) hear(value, atMs);
      else await picture(value, atMs);
      value.close();
      await next();
    };
    void next();
  };
}

declare function vigilNote(note: object): Promise<void>;

/** Runs in the page before its own scripts: each captured track is also read by a worker. The page's own use of it is as ever. */
function wrapCapture(workerSource: string): void {
  const address = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  const Processor = (globalThis as unknown as { MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => { readable: ReadableStream } })
    .MediaStreamTrackProcessor;
  const note = (stream: MediaStream, screen: boolean): MediaStream => {
    for (const track of stream.getTracks()) {
      // For a test that stops sharing as the browser's own button does.
      if (screen) Object.assign(globalThis, { vigilShared: track });
      const worker = new Worker(address);
      const { readable } = new Processor({ track });
      const kind = track.kind === 'audio' ? 'microphone' : screen ? 'screen' : 'webcam';
      worker.onmessage = ({ data }: MessageEvent<object>) => void vigilNote({ id: track.id, kind, ...data });
      worker.postMessage({ stream: readable }, [readable]);
    }
    return stream;
  };
  const devices = navigator.mediaDevices;
  const getUserMedia = devices.getUserMedia.bind(devices);
  const getDisplayMedia = devices.getDisplayMedia.bind(devices);
  devices.getUserMedia = async (constraints) => note(await getUserMedia(constraints), false);
  devices.getDisplayMedia = async (options) => note(await getDisplayMedia(options), true);
}

/** What the pages of a context captured so far; only the last second may be missing. */
export interface CaptureNotes {
  truth(): CaptureTruth;
}

/**
 * Has every page of a context note what it captures. The context must be made with `bypassCSP`, for the worker.
 * @param before notes of the same student's browser, before it was started again
 */
export async function noteCapture(context: BrowserContext, before?: CaptureNotes): Promise<CaptureNotes> {
  const tracks = new Map<string, Noted>();
  await context.exposeBinding('vigilNote', (_, { sound, ...note }: Note) => {
    const known = tracks.get(note.id) ?? { ...note, pictures: [], chunks: [], sound: [] };
    known.rate = note.rate;
    known.pictures.push(...note.pictures);
    known.chunks.push(...note.chunks);
    known.sound.push(Buffer.from(sound, 'base64'));
    tracks.set(note.id, known);
  });
  await context.addInitScript(`(${wrapCapture.toString()})(${JSON.stringify(`(${noteInWorker.toString()})(${readPicture.toString()})`)})`);
  return {
    truth: () => {
      const earlier = before?.truth();
      const pictures = (kind: 'webcam' | 'screen'): Captured[][] => [
        ...(earlier?.[kind] ?? []),
        ...[...tracks.values()].filter((note) => note.kind === kind).map((note) => note.pictures.map(([atMs, code]) => ({ atMs, code }))),
      ];
      return {
        webcam: pictures('webcam'),
        screen: pictures('screen'),
        microphone: [...(earlier?.microphone ?? []), ...[...tracks.values()].filter(({ kind }) => kind === 'microphone').map(heard)],
      };
    },
  };
}

function heard({ sound, rate, chunks }: Noted): Captured[] {
  const bytes = Buffer.concat(sound);
  const samples = Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2) / 32_768);
  return readBursts(samples, rate).flatMap(({ atMs, symbol }) => {
    const sample = (atMs / 1000) * rate;
    const chunk = chunks.find(([, end]) => end >= sample);
    // A chunk arrives when its last sample is there.
    return chunk ? [{ atMs: chunk[0] - ((chunk[1] - sample) / rate) * 1000, code: symbol }] : [];
  });
}
