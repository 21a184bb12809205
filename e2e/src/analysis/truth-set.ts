import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Kind } from './kinds.js';
import type { TruthEvent } from './score.js';

/** What the truth set calls things. */
const kindOf = {
  face_absent: 'face-absent',
  multiple_faces: 'faces-several',
  second_person_edge: 'person-several',
  identity_mismatch: 'other-person',
  gaze_away: 'looking-away',
  phone: 'phone',
  camera_covered: 'camera-black',
  too_dark: 'camera-dark',
  blurred: 'camera-blurred',
  frozen: 'camera-frozen',
  looped: 'camera-looped',
  screen_text: 'screen-words',
  screen_black: 'screen-black',
} as const satisfies Record<string, Kind>;

const Event = z.object({ type: z.enum(Object.keys(kindOf) as [keyof typeof kindOf]), from: z.number(), to: z.number(), optional: z.boolean().default(false) });
const Picture = z.object({ file: z.string(), duration: z.number(), baseline: z.string().nullable(), kind: z.literal('screen').optional(), events: z.array(Event) });
const Sound = z.object({ file: z.string(), duration: z.number(), speech: z.array(z.tuple([z.number(), z.number()])) });

/** A film or a sound of the truth set, with what happens in it. */
export interface Filmed {
  name: string;
  is: 'webcam' | 'screen' | 'sound';
  file: string;
  seconds: number;
  baseline?: string;
  truth: TruthEvent[];
}

/** Reads `truth.json` in a folder. @throws {ZodError} it is not as expected. */
export function readTruthSet(folder: string): Filmed[] {
  const { _audio, ...pictures } = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<string, unknown>;
  const sounds = z.record(z.string(), Sound).default({}).parse(_audio);
  return [
    ...Object.entries(z.record(z.string(), Picture).parse(pictures)).map(([name, { file, duration, baseline, kind, events }]): Filmed => ({
      name,
      is: kind ?? 'webcam',
      file: join(folder, file),
      seconds: duration,
      ...(baseline && { baseline: join(folder, baseline) }),
      truth: events.map(({ type, from, to, optional }) => ({ kind: kindOf[type], startMs: from * 1_000, endMs: to * 1_000, optional })),
    })),
    ...Object.entries(sounds).map(([name, { file, duration, speech }]): Filmed => {
      const path = join(folder, file);
      return {
        name,
        is: 'sound',
        // Packed without loss since the list was written.
        file: existsSync(path) ? path : path.replace(/\.wav$/, '.flac'),
        seconds: duration,
        truth: [
          ...speech.map(([from, to]): TruthEvent => ({ kind: 'speech', startMs: from * 1_000, endMs: to * 1_000 })),
          // A reader, and two voices of espeak-ng: whose voices they are, the list does not say.
          ...(speech.length > 1 ? [{ kind: 'voices-several' as const, startMs: Math.min(...speech.map(([from]) => from)) * 1_000, endMs: Math.max(...speech.map(([, to]) => to)) * 1_000, optional: true }] : []),
        ],
      };
    }),
  ];
}
