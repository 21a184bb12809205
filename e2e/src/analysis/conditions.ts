import type { Kind } from './kinds.js';

/** What a browser sends of a picture. */
export interface Format {
  width: number;
  height: number;
  fps: number;
  kbps: number;
}

const large: Format = { width: 640, height: 480, fps: 15, kbps: 250 };
const small: Format = { width: 320, height: 240, fps: 10, kbps: 150 };
const screen: Format = { width: 1280, height: 720, fps: 5, kbps: 250 };

/** A way in which the same thing may be seen. What is true of a clip stays true. */
interface Condition {
  format: Format;
  /** An ffmpeg filter, applied to the picture in its format. `stillFrom`: s, from where on the picture is frozen or looped. */
  filter?: (format: Format, stillFrom: number) => string;
  /** Clips of the truth set in which it would change what is true; or the only ones in which it can be shown. */
  not?: readonly string[];
  only?: readonly string[];
  /** What is true of all of the clip under it. */
  all?: Kind;
}

/** A part of the picture at a place in front of the wall, which is the picture's own corner. */
const beforeTheWall = (part: string, left: number, top: number): string =>
  `split[whole][again];[again]crop=60:60:0:0,scale=640:480[wall];[whole]${part}[part];[wall][part]overlay=${left}:${top}`;

/** Covered and too dark are true of `camera` in its own light only. */
const itsOwnLight = ['camera'];

export const conditions = {
  large: { format: large },
  small: { format: small },
  'thin-line': { format: { ...small, kbps: 60 } },
  /** A lamp beside the screen. */
  evening: { format: large, filter: () => 'eq=gamma=0.62:brightness=-0.04:saturation=0.9,colorchannelmixer=rr=1.1:gg=0.94:bb=0.74', not: itsOwnLight },
  /** Daylight from the front, more than the camera can take. */
  bright: { format: small, filter: () => 'eq=brightness=0.14:gamma=1.15', not: itsOwnLight },
  /** A window behind: the wall is bright, the face dark. */
  backlit: { format: small, filter: () => "curves=all='0/0 0.25/0.12 0.5/0.38 0.75/0.85 0.9/1 1/1'", not: itsOwnLight },
  warm: { format: small, filter: () => 'colorchannelmixer=rr=1.1:gg=0.98:bb=0.7' },
  cold: { format: small, filter: () => 'colorchannelmixer=rr=0.82:gg=0.98:bb=1.15' },
  mirrored: { format: small, filter: () => 'hflip' },
  /** Three fifths of its size, at the lower edge; what is at the other edges goes on outwards. */
  far: {
    format: large,
    filter: ({ width, height }) => {
      const even = (length: number): number => 2 * Math.round(length / 2);
      const [w, h] = [even(width * 0.6), even(height * 0.6)];
      const [side, top] = [even((width - w) / 2), height - h];
      return `scale=${w}:${h},pad=${width}:${height}:${side}:${top},fillborders=left=${side}:right=${width - w - side}:top=${top}:mode=smear`;
    },
    // A hand and a bystander are cut by the edge there: they would go on outwards too.
    not: ['second-person'],
  },
  /** Far too small. */
  distant: { format: large, filter: () => beforeTheWall('scale=110:82', 265, 398), only: ['normal'], all: 'face-unclear' },
  /** The camera looks past the student: half of the face is seen, at the edge. */
  'cut-off': { format: large, filter: () => beforeTheWall('crop=350:480:0:0', 290, 0), only: ['normal'], all: 'face-unclear' },
  /** Of a cheap sensor. What a virtual camera repeats, it repeats with its noise. */
  noisy: { format: large, filter: (_, stillFrom) => `noise=alls=14:allf=t:enable='lt(t,${stillFrom})'` },
  /** Drawn onto the eyes, where one person is seen and the picture lives. */
  glasses: { format: large, only: ['normal', 'look-away', 'absent', 'impostor', 'phone'] },
  sound: { format: large },
  /** Sound alone: somebody at the computer, across the desk, in the next room; dBFS of the speech. */
  near: { format: large },
  soft: { format: large },
  quiet: { format: large },
  /** The microphone is set too high. */
  'too-loud': { format: large },
  screen: { format: screen },
  'screen-thin': { format: { ...screen, fps: 2, kbps: 100 } },
} as const satisfies Record<string, Condition>;

export type ConditionName = keyof typeof conditions;
export const conditionOf = (name: ConditionName): Condition => conditions[name];
/** Speech at these conditions, dBFS (mean power while somebody speaks). */
export const loudness = { near: -20, soft: -32, quiet: -44, 'too-loud': 6 } as const;
