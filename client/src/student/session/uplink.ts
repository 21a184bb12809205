import type { Published } from './publisher.js';

/** One look at the probe's statistics. Bytes and packets count from the start. */
export interface UplinkSample {
  /** Of the statistics, ms. */
  atMs: number;
  bytesSent: number;
  /** As the server reports it (RTCP receiver report): share of the last packets, 0 to 1. */
  fractionLost?: number;
  /** ms. */
  roundTripMs?: number;
  /** The browser's own estimate of the path, bit/s; not in every browser. */
  availableBitrate?: number;
}

/** What to expect of the recording over this connection. */
export type UplinkGrade = 'good' | 'fair' | 'weak' | 'none';

/** The uplink, measured against the media server. */
export interface UplinkResult {
  grade: UplinkGrade;
  kbps: number;
  /** 0 to 1; undefined when the server's reports did not come. */
  loss: number | undefined;
  roundTripMs: number | undefined;
}

/** kbit/s: all sources together with some air; webcam and sound with a slow screen; below it parts go missing. */
const enough = { good: 700, fair: 350 };

/** Bytes that retransmission and headers would hide are left out: what counts is payload that the encoder could send. */
export function judgeUplink(samples: readonly UplinkSample[]): UplinkResult {
  const last = samples.at(-1);
  // The first half is the estimate's climb, not the line.
  const middle = samples[Math.floor(samples.length / 2)];
  if (!last || !middle || last.bytesSent === 0) return { grade: 'none', kbps: 0, loss: undefined, roundTripMs: undefined };
  const ms = last.atMs - middle.atMs;
  const sent = ms > 0 ? ((last.bytesSent - middle.bytesSent) * 8) / ms : 0;
  const losses = samples.map(({ fractionLost }) => fractionLost).filter((value) => value !== undefined);
  const loss = losses.length ? losses.reduce((sum, value) => sum + value, 0) / losses.length : undefined;
  const trips = samples.map(({ roundTripMs }) => roundTripMs).filter((value) => value !== undefined);
  const roundTripMs = trips.length ? Math.round(Math.min(...trips)) : undefined;
  // The encoder may have had less to send than the path would take; the browser's estimate knows more then.
  const arrived = Math.max(sent * (1 - (loss ?? 0)), (last.availableBitrate ?? 0) / 1_000);
  const kbps = Math.round(arrived);
  let grade: UplinkGrade = kbps >= enough.good ? 'good' : kbps >= enough.fair ? 'fair' : 'weak';
  if (loss !== undefined && loss > 0.1) grade = 'weak';
  else if (loss !== undefined && loss > 0.03 && grade === 'good') grade = 'fair';
  return { grade, kbps, loss, roundTripMs };
}

/** Reads one sample from the sender's statistics (W3C webrtc-stats). Undefined before anything was sent. */
export function readSample(stats: Iterable<[string, unknown]>): UplinkSample | undefined {
  let sample: UplinkSample | undefined;
  const more: Omit<UplinkSample, 'atMs' | 'bytesSent'> = {};
  for (const [, value] of stats) {
    const entry = value as Record<string, unknown>;
    const number = (name: string): number | undefined => (typeof entry[name] === 'number' ? entry[name] : undefined);
    if (entry.type === 'outbound-rtp') {
      sample = { atMs: number('timestamp') ?? 0, bytesSent: (sample?.bytesSent ?? 0) + (number('bytesSent') ?? 0) };
    } else if (entry.type === 'remote-inbound-rtp') {
      const lost = number('fractionLost');
      const trip = number('roundTripTime');
      if (lost !== undefined) more.fractionLost = lost;
      if (trip !== undefined) more.roundTripMs = trip * 1_000;
    } else if (entry.type === 'candidate-pair' && entry.nominated === true) {
      const available = number('availableOutgoingBitrate');
      if (available !== undefined) more.availableBitrate = available;
    }
  }
  return sample && { ...sample, ...more };
}

/** Watches a probe for a while. @param pause resolves after that many ms. */
export async function measureUplink(
  probe: Pick<Published, 'stats'>,
  pause: (ms: number) => Promise<void>,
  rounds = 12,
): Promise<UplinkResult> {
  const samples: UplinkSample[] = [];
  for (let round = 0; round < rounds; round++) {
    await pause(500);
    const sample = readSample(await probe.stats());
    if (sample) samples.push(sample);
  }
  return judgeUplink(samples);
}

/**
 * A picture that no encoder can make small: noise, in small squares, so that any camera or light gives the same load.
 * The caller stops the track.
 */
export function noiseTrack(width: number, height: number, framesPerSecond: number): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
  if (!context || !track) throw new Error('this browser cannot draw');
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const draw = (): void => {
    for (let index = 0; index < pixels.length; index++) pixels[index] = 0xff00_0000 | (Math.random() * 0x100_0000);
    context.putImageData(image, 0, 0);
  };
  draw();
  const timer = setInterval(() => {
    if (track.readyState === 'ended') clearInterval(timer);
    else draw();
  }, 1_000 / framesPerSecond);
  return track;
}
