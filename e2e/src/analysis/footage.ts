import type { Format } from './conditions.js';
import type { Random } from './noises.js';

/** Stretches of the truth set's clips in which one person is at the computer and nothing happens, s. Each was filmed at another time. */
const calm = {
  F: [['normal', 0.5, 40], ['camera', 0.5, 14]],
  B: [['absent', 0.5, 19], ['phone', 41, 59.5], ['second-person', 36, 49], ['absent', 41, 59.5], ['phone', 0.5, 19]],
  D: [['impostor', 20.5, 39.5]],
} as const satisfies Record<string, readonly (readonly [clip: string, from: number, to: number])[]>;
export type Person = keyof typeof calm;

/** A stretch of a clip, as it is shown. */
export interface Piece {
  clip: string;
  /** In the clip, s. */
  from: number;
  to: number;
  speed: number;
  backwards: boolean;
  mirrored: boolean;
  /** How much of the picture's width and height is shown, and from where on, as parts of what is left over. */
  crop: { part: number; x: number; y: number };
}

export const lengthOf = ({ from, to, speed }: Piece): number => (to - from) / speed;

/**
 * Uneventful footage of a person: every stretch in turn, each time in another way, so that nothing comes again as it was.
 * A stretch comes again forwards only after all others were shown in both directions.
 */
export function calmPieces(person: Person, seconds: number, random: Random): Piece[] {
  const pieces: Piece[] = [];
  const mirroredFirst = random() < 0.5;
  for (let round = 0, at = 0; at < seconds; round += 1)
    for (const [index, [clip, from, to]] of calm[person].entries()) {
      if (at >= seconds) break;
      // The whole table of speeds and mirrors is gone through before one comes again.
      const speed = [1, 0.92, 1.08, 0.96, 1.04][(round + index) % 5]! + 0.02 * (random() - 0.5);
      const part = 0.91 + 0.08 * random();
      const piece = { clip, from, to, speed, backwards: round % 2 === 1, mirrored: (Math.floor(round / 2) % 2 === 1) !== mirroredFirst, crop: { part, x: random(), y: random() } };
      pieces.push(piece);
      at += lengthOf(piece);
    }
  return pieces;
}

/** ffmpeg's inputs and the filter graph that makes `[film]` of the pieces. @param pathOf a clip's file */
export function footageGraph(pieces: readonly Piece[], format: Format, pathOf: (clip: string) => string): { inputs: string[]; graph: string } {
  const inputs = pieces.flatMap(({ clip, from, to }) => ['-ss', `${from}`, '-t', `${to - from}`, '-i', pathOf(clip)]);
  const parts = pieces.map(({ speed, backwards, mirrored, crop: { part, x, y } }, index) => {
    const filters = [
      `crop=iw*${part}:ih*${part}:(iw-ow)*${x}:(ih-oh)*${y}`,
      ...(mirrored ? ['hflip'] : []),
      ...(backwards ? ['reverse'] : []),
      `setpts=(PTS-STARTPTS)/${speed}`,
      `fps=${format.fps},scale=${format.width}:${format.height},setsar=1`,
    ];
    // Behind the sound, which is the first input.
    return `[${index + 1}:v]${filters.join(',')}[p${index}]`;
  });
  return { inputs, graph: `${parts.join(';')};${pieces.map((_, index) => `[p${index}]`).join('')}concat=n=${pieces.length}[film]` };
}
