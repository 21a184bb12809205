import { join } from 'node:path';
import { truthSet } from '../clock/scenes.js';
import { type ConditionName, conditionOf, type loudness } from './conditions.js';
import { encode, fit, type Parts } from './encode.js';
import { calmPieces, footageGraph, lengthOf, type Person } from './footage.js';
import { glassesGraph } from './glasses.js';
import type { Source } from './kinds.js';
import { deskSound, type Random, randomOf } from './noises.js';
import type { TruthEvent } from './score.js';
import { aboutScreen, screenClips, screenGraph } from './screens.js';
import { makeSpoken, type Speaker, speakers, spokenSeconds } from './spoken.js';
import { type Filmed, readTruthSet } from './truth-set.js';

/** One file to analyse: a clip under a condition. */
export interface Material {
  clip: string;
  condition: ConditionName;
  /** What is in the file. */
  sources: readonly Source[];
  seconds: number;
  /** File of the student's picture from before. */
  baseline?: string;
  /** Makes the file; tells what happens in it. `folder` is its own. */
  make: (file: string, folder: string) => Promise<TruthEvent[]>;
}

const filmedConditions: readonly ConditionName[] = ['large', 'small', 'thin-line', 'evening', 'bright', 'backlit', 'warm', 'cold', 'mirrored', 'far', 'noisy', 'glasses', 'distant', 'cut-off'];
const screenConditions: readonly ConditionName[] = ['screen', 'screen-thin'];

/** Footage in which nothing happens, s. */
const uneventful: readonly { person: Person; seconds: number; conditions: readonly ConditionName[] }[] = [
  { person: 'F', seconds: 300, conditions: ['large', 'evening'] },
  { person: 'B', seconds: 300, conditions: ['small', 'warm'] },
  { person: 'D', seconds: 36, conditions: ['large', 'cold'] },
];

/** Everything that is analysed. @param say told what is left out, and why */
export function allMaterials(say: (line: string) => void): Material[] {
  const folder = truthSet();
  const films = folder === undefined ? [] : readTruthSet(folder);
  if (!films.length) say('skipped: no truth set. No person is seen or heard in what is left');
  return [
    ...films.flatMap((film) => filmed(film)),
    ...(folder === undefined ? [] : uneventful.flatMap(({ conditions, ...calm }) => conditions.map((condition) => footage(calm, condition, folder)))),
    ...(Object.keys(speakers) as Speaker[]).flatMap((speaker) => (['near', 'soft', 'quiet'] as const).map((how) => spoken(speaker, how))),
    spoken('speech-britain', 'too-loud'),
    ...Object.keys(screenClips).flatMap((clip) => screenConditions.map((condition) => screen(clip, condition))),
  ];
}

const soundOf = (name: string, seconds: number): Pick<Parts, 'sound' | 'seconds'> => ({ sound: deskSound(seconds, randomOf(name)), seconds });

function filmed({ name, is, file, seconds, baseline, truth }: Filmed): Material[] {
  const clip = is === 'sound' ? `sound-${name}` : name;
  const fits = (condition: ConditionName): boolean => {
    const { not, only } = conditionOf(condition);
    return !not?.includes(name) && (!only || only.includes(name));
  };
  const conditions = { webcam: filmedConditions.filter(fits), screen: screenConditions, sound: ['sound'] as const }[is];
  const stillMs = Math.min(...truth.filter(({ kind }) => kind === 'camera-frozen' || kind === 'camera-looped').map(({ startMs }) => startMs), seconds * 1_000);
  return conditions.map((condition) => {
    const { format, filter, all } = conditionOf(condition);
    const partsOf = async (folder: string): Promise<Parts> => {
      if (is === 'sound') return { soundFile: file, seconds };
      const picture = { inputs: ['-i', file], format };
      if (is === 'screen') return { ...picture, graph: `[0:v]${fit(format)}[picture]`, seconds };
      // Behind the sound, which is the first input.
      const graph = `[1:v]${fit(format)},${filter?.(format, stillMs / 1_000) ?? 'null'}[picture]`;
      return { ...picture, graph, ...(condition === 'glasses' && (await glassesGraph(file, format, folder))), ...soundOf(`${clip} ${condition}`, seconds) };
    };
    const sources = { webcam: ['camera', 'microphone'], screen: ['screen'], sound: ['microphone'] } as const;
    return {
      clip, condition, seconds, sources: sources[is],
      ...(baseline !== undefined && { baseline }),
      make: async (to, folder) => {
        await encode(to, await partsOf(folder));
        return all ? [...truth, { kind: all, startMs: 0, endMs: seconds * 1_000 }] : truth;
      },
    }; // prettier-ignore
  });
}

function footage({ person, seconds }: { person: Person; seconds: number }, condition: ConditionName, folder: string): Material {
  const clip = `uneventful-${person}`;
  const name = `${clip} ${condition}`;
  const random: Random = randomOf(name);
  const pieces = calmPieces(person, seconds, random);
  const lasts = Math.min(seconds, pieces.reduce((sum, piece) => sum + lengthOf(piece), 0));
  const { format, filter } = conditionOf(condition);
  return {
    clip, condition, seconds: lasts, sources: ['camera', 'microphone'], baseline: join(folder, `baseline-${person}.jpg`),
    make: async (to) => {
      const { inputs, graph } = footageGraph(pieces, format, (one) => join(folder, `clips/${one}.mp4`));
      await encode(to, { inputs, graph: `${graph};[film]${filter?.(format, seconds) ?? 'null'}[picture]`, format, ...soundOf(name, lasts) });
      return [];
    },
  }; // prettier-ignore
}

const spoken = (clip: Speaker, condition: keyof typeof loudness): Material => ({
  clip, condition, seconds: spokenSeconds, sources: ['microphone'],
  make: async (to) => {
    const { sound, truth } = await makeSpoken(clip, condition, randomOf(`${clip} ${condition}`));
    await encode(to, { sound, seconds: spokenSeconds });
    return truth;
  },
}); // prettier-ignore

function screen(clip: string, condition: ConditionName): Material {
  const scenes = screenClips[clip] ?? [];
  const { seconds, truth } = aboutScreen(scenes);
  const { format } = conditionOf(condition);
  return {
    clip, condition, seconds, sources: ['screen'],
    make: async (to, folder) => {
      await encode(to, { ...(await screenGraph(folder, scenes, format)), format, seconds });
      return truth;
    },
  }; // prettier-ignore
}
