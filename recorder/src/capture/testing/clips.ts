import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One encoded frame of a test clip. */
export interface ClipFrame {
  /** RTP ticks from the clip's beginning. */
  ticks: number;
  data: Buffer;
}

/** A drawn clip to encode; `size` as `320x240`. */
export interface VideoClip {
  codec: 'vp8' | 'vp9';
  seconds: number;
  fps: number;
  size: string;
  /** Frames between key frames. */
  keyEvery: number;
  /** ffmpeg's source, after `size` and `rate`. */
  source?: 'testsrc' | 'testsrc2';
}

function encode(args: string[], name: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-clip-'));
  try {
    const file = join(folder, name);
    execFileSync('ffmpeg', ['-v', 'error', '-threads', '1', ...args, file], { timeout: 120_000 });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Encodes a drawn clip as a browser would: real time, no alternate reference frames; the same on a busy machine (speed -8 is fixed). */
export function videoClip({ codec, seconds, fps, size, keyEvery, source = 'testsrc' }: VideoClip): ClipFrame[] {
  const coder = codec === 'vp8' ? 'libvpx' : 'libvpx-vp9';
  const ivf = encode(
    [
      ...['-f', 'lavfi', '-i', `${source}=size=${size}:rate=${fps}`, '-t', String(seconds)],
      ...['-c:v', coder, '-deadline', 'realtime', '-cpu-used', '-8', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
      ...['-b:v', '250k', '-g', String(keyEvery), '-keyint_min', String(keyEvery), '-pix_fmt', 'yuv420p'],
    ],
    'clip.ivf',
  );
  const frames: ClipFrame[] = [];
  for (let at = 32; at + 12 <= ivf.length; ) {
    const length = ivf.readUInt32LE(at);
    const index = Number(ivf.readBigUInt64LE(at + 4));
    frames.push({ ticks: Math.round((index * 90_000) / fps), data: ivf.subarray(at + 12, at + 12 + length) });
    at += 12 + length;
  }
  return frames;
}

/** Encodes a tone as Opus packets of `frameMs`. */
export function opusClip(seconds: number, frameMs = 20): ClipFrame[] {
  const ogg = encode(
    [
      ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
      ...['-c:a', 'libopus', '-b:a', '24k', '-ac', '1', '-frame_duration', String(frameMs)],
    ],
    'clip.ogg',
  );
  return oggPackets(ogg)
    .slice(2) // OpusHead and OpusTags
    .map((data, index) => ({ ticks: index * frameMs * 48, data }));
}

/** Packets of an Ogg file with one stream (RFC 3533). */
function oggPackets(ogg: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 0; at + 27 <= ogg.length; ) {
    const segments = ogg.readUInt8(at + 26);
    let body = at + 27 + segments;
    for (let index = 0; index < segments; index++) {
      const length = ogg.readUInt8(at + 27 + index);
      parts.push(ogg.subarray(body, body + length));
      body += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    at = body;
  }
  return packets;
}
