import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordKind } from '@vigil/protocol';
import type { Captured } from '../clock/capture-truth.js';
import { decodePictures, decodeSound, soundRate } from '../clock/decode.js';
import { readBursts } from '../clock/sound-code.js';
import { ivf, oggOpus } from './containers.js';
import type { OpenedPiece } from './pieces.js';

/** What is in pieces, by the server's wall clock, ms. */
export interface DecodedPieces {
  webcam: Captured[];
  screen: Captured[];
  /** Bursts. */
  microphone: Captured[];
  /** Of pieces with pictures: how many do not begin with a key frame. */
  withoutKey: number;
}

/** Length of a packet, ms. */
const packetMs = 20;
/** Packets further apart than this do not follow each other, ms. */
const holeMs = 60;

/** Decodes pieces with ffmpeg. @throws {Error} when a picture or packet cannot be decoded. */
export async function decodePieces(pieces: readonly OpenedPiece[]): Promise<DecodedPieces> {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-pieces-'));
  const decoded: DecodedPieces = { webcam: [], screen: [], microphone: [], withoutKey: 0 };
  const inOrder = [...pieces].sort((a, b) => a.header.startMs - b.header.startMs);
  try {
    for (const { name, header, records } of inOrder) {
      const { startMs, track, video } = header;
      const shape = track === 'webcam' ? '4:3' : '16:9';
      const frames = records.filter(({ kind }) => kind === RecordKind.key || kind === RecordKind.delta);
      if (video) {
        if (frames[0]?.kind !== RecordKind.key) decoded.withoutKey += 1;
        const file = join(folder, `${name}.ivf`);
        await writeFile(file, ivf(video.codec, video.width, video.height, frames.map(({ timeMs: atMs, data }) => ({ atMs, data }))));
        const seen = await decodePictures(file, shape);
        if (seen.length !== frames.length) throw new Error(`${name}: ${seen.length} of ${frames.length} pictures can be decoded`);
        decoded[track].push(...seen.map(({ atMs, code }) => ({ atMs: startMs + atMs, code })));
      }
      const webm = records.filter(({ kind }) => kind === RecordKind.webm);
      if (!webm.length) continue;
      const file = join(folder, `${name}.webm`);
      await writeFile(file, Buffer.concat(webm.map(({ data }) => data)));
      decoded[track].push(...(await decodePictures(file, shape)).map(({ atMs, code }) => ({ atMs: startMs + atMs, code })));
      if (track === 'webcam') decoded.microphone.push(...readBursts(await decodeSound(file), soundRate).map(({ atMs, symbol }) => ({ atMs: startMs + atMs, code: symbol })));
    }
    decoded.microphone.push(...(await packetsIn(inOrder, join(folder, 'sound.ogg'))));
    return decoded;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bursts in the packets of all pieces, put together where they follow each other. */
async function packetsIn(pieces: readonly OpenedPiece[], file: string): Promise<Captured[]> {
  const packets = pieces.flatMap(({ header, records }) =>
    records.filter(({ kind }) => kind === RecordKind.sound).map(({ timeMs, data }) => ({ atMs: header.startMs + timeMs, data })),
  );
  packets.sort((a, b) => a.atMs - b.atMs);
  const bursts: Captured[] = [];
  let run: typeof packets = [];
  const hear = async (): Promise<void> => {
    if (run.length < 50) return;
    await writeFile(file, oggOpus(run.map(({ data }) => data)));
    for (const { atMs, symbol } of readBursts(await decodeSound(file), soundRate)) {
      const packet = run[Math.floor(atMs / packetMs)];
      if (packet) bursts.push({ atMs: packet.atMs + (atMs % packetMs), code: symbol });
    }
  };
  for (const packet of packets) {
    if (packet.atMs - (run.at(-1)?.atMs ?? packet.atMs) > holeMs) {
      await hear();
      run = [];
    }
    run.push(packet);
  }
  await hear();
  return bursts;
}

/** The longest time between two records of a kind in a track, ms: what is missing inside. */
export function longestHole(pieces: readonly OpenedPiece[], kinds: readonly number[]): number {
  const times = pieces.flatMap(({ header, records }) => records.filter(({ kind }) => kinds.includes(kind)).map(({ timeMs }) => header.startMs + timeMs));
  times.sort((a, b) => a - b);
  return Math.max(0, ...times.slice(1).map((time, i) => time - times[i]!));
}
