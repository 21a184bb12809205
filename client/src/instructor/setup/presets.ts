import { ordinaryPairs, ordinaryPoints, ordinarySeconds, type Draft } from './draft.js';

/** A set of rules to begin with. It leaves alone what and when the exam is. */
export interface Preset {
  name: 'lenient' | 'ordinary' | 'strict';
  title: string;
  /** For what it is, and why. */
  why: string;
  rules: () => Partial<Draft>;
}

const ordinary = (): Partial<Draft> => ({
  webcam: true,
  microphone: true,
  screen: 'monitor',
  things: [],
  points: ordinaryPoints(),
  seconds: ordinarySeconds(),
  off: [],
  together: ordinaryPairs(),
  identity: false,
  document: false,
  room: false,
  fullscreen: false,
  secondReviewer: false,
});

/** From lenient to strict. Words, sites and all that is no rule stay as they are. */
export const presets: readonly Preset[] = [
  {
    name: 'lenient',
    title: 'Lenient',
    why: 'For tests with open books: no sound, a window is enough, and paper and other programs are not marked, because there they are ordinary.',
    rules: () => ({
      ...ordinary(),
      microphone: false,
      screen: 'any',
      things: ['paper'],
      off: ['speech', 'voices-several', 'page-left', 'copy', 'paste', 'device-changed', 'screen-switched', 'screen-frozen'],
    }),
  },
  {
    name: 'ordinary',
    title: 'Ordinary',
    why: 'For most exams: all is recorded, and moments count by the ordinary points, which are low where much is harmless.',
    rules: ordinary,
  },
  {
    name: 'strict',
    title: 'Strict',
    why: 'For exams that much depends on: the face is compared with an identity document, the room is shown, and no violation is decided by one person alone.',
    rules: () => ({
      ...ordinary(),
      points: { ...ordinaryPoints(), 'screen-switched': 1, 'second-monitor': 4, 'page-left': 2, speech: 2, book: 3 },
      seconds: { ...ordinarySeconds(), 'looking-away': 2, book: 4 },
      identity: true,
      document: true,
      room: true,
      fullscreen: true,
      secondReviewer: true,
    }),
  },
];

