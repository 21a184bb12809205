import { join } from 'node:path';
import sharp from 'sharp';
import type { Format } from './conditions.js';
import { fit } from './encode.js';
import type { TruthEvent } from './score.js';

/** Screens of our own making (CC0), drawn. */
const width = 1280;
const height = 720;

/** The words, programs and sites that the exam's rules name in the bench. */
export const namedWords = ['chatgpt.com', 'ChatGPT', 'Copilot', 'Google Translate', 'WhatsApp', 'stackoverflow.com', 'AI'];

const page = (paper: string, ink: string, title: string, lines: readonly string[], more = ''): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans" fill="${ink}">
  <rect width="${width}" height="${height}" fill="${paper}"/>${more}
  <text x="80" y="90" font-size="30">${title}</text>
  ${lines.map((line, index) => `<text x="80" y="${160 + index * 42}" font-size="20">${line}</text>`).join('')}</svg>`;

const questions = [
  'Question 4 of 12. Explain in your own words why a gas cools down when it expands',
  'against a piston, and what changes when the cylinder is not insulated.',
  'Your answer:',
  'When the gas pushes the piston it does work, and the energy for it comes from',
  'the movement of its molecules. They are slower when they come back from the',
  'piston, which means that the temperature falls. If the cylinder is not insulated',
];

const pages = {
  exam: page('#ffffff', '#222222', 'Thermodynamics, midterm exam', questions),
  dark: page('#0d0f12', '#8d939b', 'Thermodynamics, midterm exam', questions),
  /** Another application, without a word that rules forbid. */
  files: page('#e8ebef', '#333333', 'Documents', ['Lecture 1.pdf', 'Lecture 2.pdf', 'Timetable.ods', 'Holiday pictures', 'Letter to the landlord.odt'], '<rect width="1280" height="44" fill="#c3cad4"/>'),
  /** A word that is on the rules' list of sites. */
  chat: page('#f7f7f8', '#2d2d2d', 'ChatGPT', [
    'You: Why does a gas cool down when it expands against a piston?',
    'ChatGPT: The gas does work on the piston. By the first law of thermodynamics',
    'its internal energy falls by that work when no heat flows in.',
    'Ask ChatGPT anything',
  ], '<rect x="60" y="60" width="1160" height="44" fill="#e0e0e6"/>'),
  black: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}"/></svg>`,
} as const;

interface Scene {
  page: keyof typeof pages;
  seconds: number;
  /** What a detector has to find. */
  expect?: 'screen-black' | 'screen-frozen' | 'screen-words';
}

/** A caret blinks wherever the screen is neither black nor frozen. */
export const screenClips: Record<string, readonly Scene[]> = {
  'screen-exam': [{ page: 'exam', seconds: 120 }],
  'screen-dark': [{ page: 'dark', seconds: 120 }],
  'screen-switch': [{ page: 'exam', seconds: 20 }, { page: 'files', seconds: 15 }, { page: 'exam', seconds: 20 }],
  'screen-words': [{ page: 'exam', seconds: 20 }, { page: 'chat', seconds: 25, expect: 'screen-words' }, { page: 'exam', seconds: 20 }],
  'screen-black': [{ page: 'exam', seconds: 20 }, { page: 'black', seconds: 15, expect: 'screen-black' }, { page: 'dark', seconds: 20 }],
  'screen-frozen': [{ page: 'exam', seconds: 20 }, { page: 'exam', seconds: 120, expect: 'screen-frozen' }, { page: 'exam', seconds: 20 }],
};

/** Seconds of a clip, and what happens in it. */
export function aboutScreen(scenes: readonly Scene[]): { seconds: number; truth: TruthEvent[] } {
  let seconds = 0;
  const truth: TruthEvent[] = [];
  for (const scene of scenes) {
    if (scene.expect) truth.push({ kind: scene.expect, startMs: seconds * 1_000, endMs: (seconds + scene.seconds) * 1_000 });
    seconds += scene.seconds;
  }
  return { seconds, truth };
}

/** Draws the pages into a folder. @returns ffmpeg's inputs and a graph that makes `[picture]`. */
export async function screenGraph(folder: string, scenes: readonly Scene[], format: Format): Promise<{ inputs: string[]; graph: string }> {
  const inputs: string[] = [];
  for (const { page: name } of scenes) {
    const file = join(folder, `${name}.png`);
    await sharp(Buffer.from(pages[name])).png().toFile(file);
    inputs.push('-framerate', `${format.fps}`, '-i', file);
  }
  // As browsers blink it.
  const caret = "drawbox=x=930:y=352:w=2:h=26:color=0x808080:t=fill:enable='lt(mod(t,1.06),0.53)'";
  const parts = scenes.map(({ page: name, seconds, expect }, index) => {
    const still = name === 'black' || expect === 'screen-frozen';
    return `[${index}:v]${fit(format)},format=yuv420p,tpad=stop_mode=clone:stop_duration=${seconds},trim=duration=${seconds}${still ? '' : `,${caret}`}[s${index}]`;
  });
  return { inputs, graph: `${parts.join(';')};${scenes.map((_, index) => `[s${index}]`).join('')}concat=n=${scenes.length}[picture]` };
}
