import type { AttemptSummary, Evidence, FindingKind, Progress } from '@vigil/protocol';

/** Numbers that look random and are the same in every run (mulberry32), from 0 to 1. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One attempt of the class that is made up; times are ms from its start. */
export interface Planned {
  name: string;
  email: string;
  progress: Progress;
  evidence: Evidence;
  analysis: Extract<AttemptSummary['analysis'], 'none' | 'pending' | 'done' | 'failed'>;
  opened: boolean;
  declined: boolean;
  lengthMs: number;
  /** Not in the record. */
  missing: { startMs: number; endMs: number }[];
  findings: { kind: FindingKind; startMs: number; endMs: number }[];
  /** When a word stood on the screen that few others have; none where it did not. */
  word?: number;
}

const given = 'Ada Ben Clara Deniz Elif Farid Greta Hana Ivo Jana Kofi Lena Milan Nora Omar Petra Quinn Rosa Sami Tara'.split(' ');
const family = 'Abel Bauer Chen Diaz Evans Fischer Gomez Haas Ito Jensen Khan Lopez Meyer Novak Okafor'.split(' ');

/** Usual kinds, the frequent ones several times. */
const usual: readonly FindingKind[] = ['looking-away', 'looking-away', 'looking-away', 'speech', 'speech', 'face-absent', 'page-left', 'screen-switched', 'camera-dark', 'face-unclear'];
const rare: readonly FindingKind[] = ['phone', 'faces-several', 'screen-words', 'voices-several', 'book', 'camera-looped', 'paste'];

interface State extends Pick<Planned, 'progress' | 'evidence' | 'analysis'> {
  opened?: boolean;
  declined?: boolean;
  lacks?: boolean;
}
const done: State = { progress: 'submitted', evidence: 'complete', analysis: 'done' };
/** One in so many attempts is in this state; the rest are finished and analysed. */
const others: readonly [share: number, State][] = [
  [0.07, { progress: 'submitted', evidence: 'partial', analysis: 'done', lacks: true }],
  [0.03, { progress: 'recording', evidence: 'receiving', analysis: 'done' }],
  [0.015, { progress: 'interrupted', evidence: 'receiving', analysis: 'done', lacks: true }],
  [0.04, { progress: 'submitted', evidence: 'complete', analysis: 'pending' }],
  [0.01, { progress: 'submitted', evidence: 'complete', analysis: 'failed' }],
  [0.02, { progress: 'created', evidence: 'receiving', analysis: 'none' }],
  [0.01, { progress: 'created', evidence: 'receiving', analysis: 'none', opened: true }],
  [0.01, { progress: 'created', evidence: 'receiving', analysis: 'none', opened: true, declined: true }],
  [0.005, { progress: 'expired', evidence: 'receiving', analysis: 'none' }],
];

/** A class of so many attempts in varied states; the first one is finished, and 3 h long. */
export function planClass(count: number, usualMinutes: number): Planned[] {
  const random = numbersFrom(7);
  const states = others.flatMap(([share, state]) => Array.from({ length: Math.max(1, Math.round(share * count)) }, () => state));
  return Array.from({ length: count }, (_, index): Planned => {
    // Spread over the class, which is listed by the time of its making.
    const state = index === 0 ? done : (states[Math.floor((index * 7) % count)] ?? done);
    const started = state.analysis !== 'none';
    const lengthMs = index === 0 ? 3 * 3_600_000 : started ? Math.round(usualMinutes * (0.8 + 0.4 * random())) * 60_000 : 0;
    const name = `${given[index % given.length]} ${family[Math.floor(index / given.length) % family.length]}`;
    return {
      name,
      email: `${name.toLowerCase().replace(' ', '.')}@students.example.org`,
      ...state,
      opened: state.opened ?? started,
      declined: state.declined ?? false,
      lengthMs,
      // Whole webcam segments that nobody wrote.
      missing: state.lacks ? [{ startMs: 120_000, endMs: 120_000 + 20_000 * (1 + Math.floor(random() * 9)) }] : [],
      findings: started && state.analysis !== 'pending' ? findings(random, index, lengthMs) : [],
      ...(started && state.analysis !== 'pending' && index % 23 === 0 && { word: 90_000 }),
    };
  });
}

function findings(random: () => number, index: number, lengthMs: number): Planned['findings'] {
  // Most of a class have a few, some many; of the first one each is clicked.
  const count = index === 0 ? 60 : index % 29 === 0 ? 25 : Math.floor(random() ** 2 * 14);
  const stepMs = lengthMs / (count + 1);
  return Array.from({ length: count }, (_, at) => {
    const kinds = index % 29 === 0 || random() < 0.08 ? rare : usual;
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    const startMs = Math.round((at + 0.2 + 0.6 * random()) * stepMs);
    return { kind, startMs, endMs: startMs + 5_000 + Math.round(random() * (kind === 'face-unclear' || index % 29 === 0 ? 20_000 : 6_000)) };
  });
}
