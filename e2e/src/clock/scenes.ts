import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FindingKind } from '@vigil/protocol';

/** A stretch of the camera's clip: part of a film, a drawing, or nothing at all. */
export interface Scene {
  seconds: number;
  /** A file of the truth set with the second to begin at; else a drawing, or black. */
  picture: { file: string; from: number } | 'drawing' | 'black';
  /** What a detector has to find in it. */
  expect?: FindingKind;
  /** The strip that tells the frame's number is left out: it would be all that moves. */
  bare?: true;
}

/** Something that is in the clip, in seconds of the clip. */
export interface Happened {
  kind: FindingKind;
  from: number;
  to: number;
}

/** Folder of real clips beside the repository; see its README for their licences. Undefined where it is missing. */
export function truthSet(): string | undefined {
  const folder = fileURLToPath(new URL('../../../../shared/media', import.meta.url));
  return existsSync(`${folder}/truth.json`) ? folder : undefined;
}

/**
 * The camera's scenes. Everything that has to be found lies in the first 80 s: the checks take some of the clip, and
 * what is before the exam's start is not recorded. The clip is a multiple of 16 s long, as the sound code needs it.
 */
export function scenes(media: string | undefined, long: boolean): Scene[] {
  const clip = (name: string, from: number, seconds: number, expect?: FindingKind): Scene => ({
    seconds,
    picture: media ? { file: `${media}/clips/${name}.mp4`, from } : 'drawing',
    // A drawing has no face: without the truth set faces are not judged at all.
    ...(media && expect ? { expect } : {}),
  });
  return [
    clip('normal', 0, 34),
    { seconds: 8, picture: 'black', expect: 'camera-black' },
    clip('absent', 14, 6),
    clip('absent', 22, 10, 'face-absent'),
    clip('absent', 42, 8),
    clip('second-person', 17, 12, 'faces-several'),
    clip('second-person', 37, 10),
    clip('normal', 0, 8),
    ...(long ? [clip('normal', 8, 30), clip('absent', 42, 16), clip('normal', 0, 38), clip('second-person', 0, 12)] : []),
  ];
}

/**
 * Scenes with something for each detector that looks at the camera and needs no baseline. Each is long enough to be found after
 * a rate of 10 frames a second and a thin line, and lies between scenes in which nothing happens.
 */
export function findingScenes(media: string): Scene[] {
  const clip = (name: string, from: number, seconds: number, expect?: FindingKind, bare?: true): Scene => ({
    seconds,
    picture: { file: `${media}/clips/${name}.mp4`, from },
    ...(expect && { expect }),
    ...(bare && { bare }),
  });
  return [
    clip('normal', 0, 24),
    clip('look-away', 0, 5),
    clip('look-away', 5, 5, 'looking-away'),
    clip('look-away', 10, 6),
    clip('phone', 21, 14, 'phone'),
    clip('phone', 0, 10),
    clip('absent', 22, 12, 'face-absent'),
    clip('normal', 24, 16),
    clip('second-person', 17, 12, 'faces-several'),
    clip('phone', 0, 8),
    clip('camera', 60, 14, 'camera-frozen', true),
    clip('normal', 0, 12),
    { seconds: 8, picture: 'black', expect: 'camera-black' },
    clip('normal', 8, 10),
    // Played on and on, as a virtual camera would: the clip's period is 4 s, and its first time is no repetition.
    clip('loop', 0, 4, undefined, true),
    clip('loop', 4, 36, 'camera-looped', true),
    clip('loop', 0, 40, 'camera-looped', true),
    clip('normal', 20, 20),
  ];
}

/** What is in the scenes, in seconds of the clip. */
export function happenedIn(list: readonly Scene[]): Happened[] {
  let at = 0;
  const all: Happened[] = [];
  for (const { seconds, expect } of list) {
    const from = at;
    at += seconds;
    const last = all.at(-1);
    if (expect && last?.kind === expect && last.to === from) last.to = at;
    else if (expect) all.push({ kind: expect, from, to: at });
  }
  return all;
}
