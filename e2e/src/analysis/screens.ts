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

/** How a page is drawn; sizes in pixels. */
interface Look {
  paper: string;
  ink: string;
  font?: 'DejaVu Sans' | 'DejaVu Serif' | 'DejaVu Sans Mono';
  title?: string;
  size?: number;
  /** From a line to the next one. */
  step?: number;
  lines: readonly string[];
  /** What is drawn before the text. */
  more?: string;
  /** Of the whole page; more than a screen for one that is scrolled. */
  tall?: number;
}

const page = ({ paper, ink, font = 'DejaVu Sans', title = '', size = 20, step = 42, lines, more = '', tall = height }: Look): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${tall}" font-family="${font}" fill="${ink}">
  <rect width="${width}" height="${tall}" fill="${paper}"/>${more}
  <text x="80" y="90" font-size="30">${title}</text>
  ${lines.map((line, index) => `<text x="80" y="${(title ? 160 : 80) + index * step}" font-size="${size}">${line}</text>`).join('')}</svg>`;

const heading = (paper: string, ink: string): string => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans" fill="${ink}">
  <rect width="${width}" height="${height}" fill="${paper}"/><text x="24" y="150" font-size="64" font-weight="bold">ChatGPT</text>
  <text x="24" y="250" font-size="32">Explain why a gas cools down when it expands.</text><text x="24" y="320" font-size="32">https://stackoverflow.com/questions/4821</text></svg>`;
const bar = (fill: string, tall: number, words = ''): string => `<rect width="${width}" height="${tall}" fill="${fill}"/><text x="140" y="${tall - 14}" font-size="14">${words}</text>`;
const repeat = (lines: readonly string[], count: number): string[] => Array.from({ length: count }, (_, index) => lines[index % lines.length] ?? '');

const questions = [
  'Question 4 of 12. Explain in your own words why a gas cools down when it expands',
  'against a piston, and what changes when the cylinder is not insulated.',
  'Your answer:',
  'When the gas pushes the piston it does work, and the energy for it comes from',
  'the movement of its molecules. They are slower when they come back from the',
  'piston, which means that the temperature falls. If the cylinder is not insulated',
];
/** Nothing of it is named by the rules, though some of it is near. */
const article = [
  'The clerk said that the maid had paid for the first aid, and that the rain in Spain had again been the main issue of the trial.',
  'A clause of the contract was translated from the German by Professor Maier, whose pilot study in 1931 had been discarded by the',
  'board. What is applied science? The question stood on the stack of papers that overflowed from his desk, and nobody answered it.',
  'He sat chatting with the captain, who went through the general post, point by point, and complained about the price of a transfer.',
  'A pilot told the editor of the Daily Mail that the goggles and the translator had been left at the airport; all was paid for.',
];
const listing = [
  'student@desk:~/work$ ls -l',
  '-rw-r--r-- 1 student student 18211 notes.txt',
  '-rw-r--r-- 1 student student  2204 main.py',
  'student@desk:~/work$ python3 main.py --verbose',
  'reading 128 lines, 12 failed, mean 0.4471 deviation 0.0213',
];
const exam: Look = { paper: '#ffffff', ink: '#222222', title: 'Thermodynamics, midterm exam', lines: questions };
const small = { size: 13, step: 19 };
const terminal: Look = { paper: '#101510', ink: '#6fd26f', font: 'DejaVu Sans Mono', ...small, lines: repeat(listing, 30) };
const dense: Look = { paper: '#fffdf6', ink: '#1a1a1a', font: 'DejaVu Serif', ...small, lines: repeat(article, 32) };
const browser = (address: string): string => `${bar('#dde1e6', 48, address)}<rect x="60" y="12" width="40" height="24" fill="#8f98a3"/>`;

const pages = {
  exam: page(exam),
  dark: page({ ...exam, paper: '#0d0f12', ink: '#8d939b' }),
  /** A dialog, with the page dimmed behind it. */
  dialog: page(exam).replace(
    '</svg>',
    `<rect width="${width}" height="${height}" fill="#000" opacity="0.45"/><rect x="400" y="250" width="480" height="200" rx="8" fill="#fff"/>
    <text x="440" y="310" font-size="22">Time left: 10 minutes</text><text x="440" y="360" font-size="16">Your answers are saved by themselves.</text></svg>`,
  ),
  long: page({ ...exam, tall: 4 * height, ...small, lines: repeat(article, 140), more: bar('#e8ebef', 60) }),
  /** Other applications, without a word that the rules name. */
  files: page({ paper: '#e8ebef', ink: '#333333', title: 'Documents', lines: ['Lecture 1.pdf', 'Lecture 2.pdf', 'Timetable.ods', 'Holiday pictures', 'Letter to the landlord.odt'], more: bar('#c3cad4', 44) }),
  terminal: page(terminal),
  dense: page(dense),
  /** Words that the rules name, in other type on other ground. */
  chat: page({ paper: '#f7f7f8', ink: '#2d2d2d', title: 'ChatGPT', more: '<rect x="60" y="60" width="1160" height="44" fill="#e0e0e6"/>', lines: [
    'You: Why does a gas cool down when it expands against a piston?',
    'ChatGPT: The gas does work on the piston. By the first law of thermodynamics',
    'its internal energy falls by that work when no heat flows in.',
    'Ask ChatGPT anything',
  ] }),
  site: page({ paper: '#ffffff', ink: '#333333', size: 14, step: 22, lines: ['', 'Why does my loop never end?', ...repeat(article, 24)], more: browser('https://stackoverflow.com/questions/4821/why-does-my-loop-never-end') }),
  message: page({ paper: '#111b21', ink: '#d5dade', title: 'WhatsApp', size: 16, step: 34, lines: ['Mia: are you done with number four?', 'No, and you?', 'Mia: me neither, I have no idea what they want', 'typing …'], more: bar('#202c33', 50) }),
  command: page({ ...terminal, lines: [...repeat(listing, 12), 'student@desk:~/work$ gh copilot explain "why does a gas cool down"', ...repeat(listing, 8)] }),
  search: page({ ...dense, lines: [...repeat(article, 9), 'Results: Google', 'Translate and other services are listed on the next page, with a short note about each.', ...repeat(article, 18)] }),
  address: page({ paper: '#ffffff', ink: '#202124', ...small, lines: ['', '', 'Where should we begin?'], more: browser('chatgpt.com/c/6718aa3e-90b1-8003') }),
  /** Large and thick letters, dark on light and light on dark. */
  heading: heading('#ffffff', '#000000'),
  darkHeading: heading('#14161a', '#f4f5f7'),
  black: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="${width}" height="${height}"/></svg>`,
} as const;

interface Scene {
  page: keyof typeof pages;
  seconds: number;
  /** What a detector has to find. */
  expect?: 'screen-black' | 'screen-frozen' | 'screen-words';
  /** What moves on it. */
  moves?: keyof typeof motions;
  /** What was there before is still there. */
  goesOn?: true;
}

/** Filters for a page. */
const motions = {
  /** By the wheel, then fast, then by the page. */
  scroll: `crop=${width}:${height}:0:'min(${3 * height},if(lt(t,20),90*floor(t),if(lt(t,24),1800-360*(t-20),360+700*floor((t-24)/3))))'`,
  /** A film in the page. */
  film: `null[page];testsrc2=size=620x348:rate=10[film];[page][film]overlay=x=600:y=330:shortest=1`,
  /** The last line is being written. */
  typing: `null[page];color=c=white:size=900x34:rate=10[cover];[page][cover]overlay=x='80+9*floor(2*mod(t\\,40))':y=344:shortest=1`,
} as const;

const around = (middle: Omit<Scene, 'seconds'>, seconds = 25): readonly Scene[] => [{ page: 'exam', seconds: 20 }, { ...middle, seconds }, { page: 'exam', seconds: 20 }];
const work: readonly Scene[] = [
  { page: 'exam', seconds: 60, moves: 'typing' }, { page: 'dense', seconds: 50 }, { page: 'exam', seconds: 45 }, { page: 'dialog', seconds: 10, goesOn: true },
  { page: 'exam', seconds: 45, moves: 'film', goesOn: true }, { page: 'terminal', seconds: 40 }, { page: 'files', seconds: 20 }, { page: 'long', seconds: 40, moves: 'scroll' },
]; // prettier-ignore

/** A caret blinks wherever the screen is neither black nor frozen. */
export const screenClips: Record<string, readonly Scene[]> = {
  'screen-exam': [{ page: 'exam', seconds: 120 }],
  'screen-dark': [{ page: 'dark', seconds: 120 }],
  'screen-switch': [{ page: 'exam', seconds: 20 }, { page: 'files', seconds: 15 }, { page: 'exam', seconds: 20 }, { page: 'dense', seconds: 15 }, { page: 'terminal', seconds: 15 }, { page: 'exam', seconds: 15 }],
  'screen-words': around({ page: 'chat', expect: 'screen-words' }),
  'screen-site': around({ page: 'site', expect: 'screen-words' }),
  'screen-message': around({ page: 'message', expect: 'screen-words' }),
  'screen-command': around({ page: 'command', expect: 'screen-words' }),
  'screen-search': around({ page: 'search', expect: 'screen-words' }),
  'screen-heading': around({ page: 'heading', expect: 'screen-words' }),
  'screen-dark-heading': around({ page: 'darkHeading', expect: 'screen-words' }),
  'screen-address': around({ page: 'address', expect: 'screen-words' }, 8),
  /** Nothing of it is named by the rules, and much of it moves. */
  'screen-work': work,
  'screen-black': [{ page: 'exam', seconds: 20 }, { page: 'black', seconds: 15, expect: 'screen-black' }, { page: 'dark', seconds: 20 }],
  'screen-frozen': [{ page: 'exam', seconds: 20 }, { page: 'exam', seconds: 120, expect: 'screen-frozen' }, { page: 'exam', seconds: 20 }],
};

/** Seconds of a clip, and what happens in it. */
export function aboutScreen(scenes: readonly Scene[]): { seconds: number; truth: TruthEvent[] } {
  let seconds = 0;
  const truth: TruthEvent[] = [];
  scenes.forEach((scene, index) => {
    const startMs = seconds * 1_000;
    seconds += scene.seconds;
    if (scene.expect) truth.push({ kind: scene.expect, startMs, endMs: seconds * 1_000 });
    const before = scenes[index - 1];
    const fromBlack = scene.page === 'black' || before?.page === 'black';
    if (before && before.page !== scene.page && !scene.goesOn && !fromBlack) truth.push({ kind: 'screen-switched', startMs, endMs: startMs + 1_000 });
  });
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
  const parts = scenes.map(({ page: name, seconds, expect, moves }, index) => {
    const still = name === 'black' || expect === 'screen-frozen';
    const motion = moves ? motions[moves].replaceAll(/\[(page|film|cover)\]/g, `[$1${index}]`) : 'null';
    const lasting = `format=yuv420p,tpad=stop_mode=clone:stop_duration=${seconds},trim=duration=${seconds}`;
    return `[${index}:v]${lasting},${motion},${fit(format)},trim=duration=${seconds}${still ? '' : `,${caret}`}[s${index}]`;
  });
  return { inputs, graph: `${parts.join(';')};${scenes.map((_, index) => `[s${index}]`).join('')}concat=n=${scenes.length}[picture]` };
}
