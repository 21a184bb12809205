import type { FindingKind } from '@vigil/protocol';

/** Kinds of findings as a person sets them: together where they are about the same thing. */
export interface KindGroup {
  title: string;
  about: string;
  kinds: readonly FindingKind[];
}

/** All that adds points. */
export const countedGroups: readonly KindGroup[] = [
  {
    title: 'Person',
    about: 'Who is in the camera’s picture, and where the face is turned.',
    kinds: ['face-absent', 'faces-several', 'person-several', 'other-person', 'looking-away'],
  },
  { title: 'Things', about: 'What can be seen beside the student. Small things are easily taken for others.', kinds: ['phone', 'book', 'second-screen'] },
  { title: 'Sound', about: 'That somebody speaks, not what is said.', kinds: ['speech', 'voices-several'] },
  {
    title: 'Camera',
    about: 'A picture that shows nothing, or may not be of this moment.',
    kinds: ['virtual-camera', 'camera-black', 'camera-frozen', 'camera-looped'],
  },
  {
    title: 'Screen',
    about: 'What the shared screen shows. Which words and sites are looked for is set for the whole exam.',
    kinds: ['screen-words', 'screen-switched', 'screen-surface', 'second-monitor', 'screen-black', 'screen-frozen'],
  },
  {
    title: 'Browser',
    about: 'What the exam’s page notices by itself. Much of it is harmless.',
    kinds: ['page-left', 'fullscreen-left', 'copy', 'paste', 'device-changed', 'developer-tools'],
  },
];

/** What could not be judged, and why: it never adds a point. */
export const qualityGroup: KindGroup = {
  title: 'Quality',
  about: 'Only says where the picture or the sound is too poor to judge. It never counts, and is no sign of anything else.',
  kinds: ['camera-dark', 'camera-blurred', 'face-unclear', 'sound-clipped'],
};
