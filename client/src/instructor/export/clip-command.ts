import type { Track } from '@vigil/protocol';
import { BRIDGE_MS } from '../player/segment-index.js';
import { CLIP_FPS, partMs, type Box, type Layout, type Part, type Piece } from './clip-plan.js';

/** Samples a second of the sound. */
export const CLIP_HZ = 48_000;

/** What a command reads and writes in ffmpeg's own file system. Pictures are raw: 8 bits of grey a pixel, one picture a second. */
export const names = {
  panel: 'panel.gray',
  clock: 'clock.gray',
  missing: (track: Track): string => `missing-${track}.gray`,
  picture: 'part.h264',
  sound: 'part.s16',
  pictures: 'clip.h264',
  sounds: 'clip.s16',
  clip: 'clip.mp4',
} as const;

/** Seconds as filters take them. */
const s = (ms: number): string => (ms / 1_000).toFixed(3);
const grey = ({ width, height }: Box, file: string): string[] => ['-f', 'rawvideo', '-pix_fmt', 'gray', '-video_size', `${width}x${height}`, '-framerate', '1', '-i', file];
/** Frames of a file, or samples, at their time in the part. */
const moved = (ms: number): string => `PTS${ms < 0 ? '-' : '+'}${s(Math.abs(ms))}/TB`;
const during = (ranges: readonly { fromMs: number; toMs: number }[]): string => `enable='${ranges.map(({ fromMs, toMs }) => `gte(t,${s(fromMs)})*lt(t,${s(toMs)})`).join('+')}'`;

/**
 * The command that joins one part: H.264 without a container, and 16-bit sound, both exactly as long as the part. Every recording
 * is laid over black at its own time, so that what is missing moves nothing.
 * @param fileOf where the recording of an address is
 * @param clockMs how long before the part its first picture of the clock begins, ms
 */
export function partCommand(part: Part, layout: Layout, fileOf: (url: string) => string, clockMs: number): string[] {
  const inputs: string[] = [];
  const filters: string[] = [];
  let count = 0;
  const add = (...args: string[]): number => {
    inputs.push(...args);
    return count++;
  };
  // A size that changes goes to the scaler; building all filters anew would begin at zero again.
  const recording = ({ url }: Piece): number => add('-reinit_filter', '0', '-i', fileOf(url));
  filters.push(`color=c=black:s=${layout.width}x${layout.height}:r=${CLIP_FPS}:d=${s(partMs(part) + 1_000)},format=yuv420p[v0]`);
  let last = 'v0';
  const over = (label: string, { x, y }: Box, when = ''): void => {
    const next = `v${filters.length}`;
    filters.push(`[${last}][${label}]overlay=${x}:${y}:format=yuv420:eof_action=repeat${when && `:${when}`}[${next}]`);
    last = next;
  };
  for (const [track, box] of Object.entries(layout.panes) as [Track, Box][]) {
    for (const piece of part.pictures[track] ?? []) {
      const input = recording(piece);
      filters.push(
        `[${input}:v]setpts=${moved(piece.zeroMs)},trim=end=${s(piece.toMs)},scale=${box.width}:${box.height}:force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuv420p,setsar=1[p${input}]`,
      );
      // The next one's first picture may come a little after its beginning: until then the last one stays.
      over(`p${input}`, box, during([{ fromMs: piece.fromMs, toMs: piece.toMs + BRIDGE_MS }]));
    }
    const missing = part.missing[track] ?? [];
    if (missing.length) over(`${add(...grey(box, names.missing(track)))}:v`, box, during(missing));
  }
  over(`${add(...grey(layout.panel, names.panel))}:v`, layout.panel);
  const clock = add(...grey(layout.clock, names.clock));
  // One picture a second comes in whole seconds; a part of one would be rounded away.
  filters.push(`[${clock}:v]settb=1/1000,setpts=${moved(-clockMs)}[clock]`);
  over('clock', layout.clock);
  filters.push(`[${last}]trim=end_frame=${part.frames}[picture]`);

  const samples = (partMs(part) * CLIP_HZ) / 1_000;
  const whole = `apad=whole_len=${samples},atrim=end_sample=${samples}`;
  const mono = 'aformat=sample_fmts=s16:channel_layouts=mono';
  const sounds = part.sounds.map((piece) => {
    const input = recording(piece);
    filters.push(
      `[${input}:a]asetpts=${moved(piece.zeroMs)},atrim=start=${s(piece.fromMs)}:end=${s(piece.toMs)},aresample=${CLIP_HZ}:async=1:first_pts=0,${mono},${whole}[a${input}]`,
    );
    return `[a${input}]`;
  });
  if (sounds.length) filters.push(`${sounds.join('')}amix=inputs=${sounds.length}:normalize=0,${mono}[sound]`);
  else filters.push(`anullsrc=r=${CLIP_HZ}:cl=mono,${mono},atrim=end_sample=${samples}[sound]`);
  return [
    '-copyts',
    ...inputs,
    '-filter_complex',
    filters.join(';'),
    ...['-map', '[picture]', '-vsync', 'passthrough', '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '25', '-g', String(5 * CLIP_FPS), '-f', 'h264', '-y', names.picture],
    ...['-map', '[sound]', '-c:a', 'pcm_s16le', '-f', 's16le', '-y', names.sound],
  ];
}

/** The command that makes the file of all parts. */
export const clipCommand = (title: string): string[] => [
  ...['-framerate', String(CLIP_FPS), '-f', 'h264', '-i', names.pictures],
  ...['-f', 's16le', '-ar', String(CLIP_HZ), '-ac', '1', '-i', names.sounds],
  ...['-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-c:a', 'aac', '-b:a', '64k', '-metadata', `title=${title}`, '-movflags', '+faststart', '-y', names.clip],
];
