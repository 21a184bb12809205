/** What a finding is about: the picture of the camera, the sound of the microphone, or the screen. */
export type Source = 'camera' | 'microphone' | 'screen';

interface About {
  source: Source;
  /** The goals of recall and of false incidents hold for it. */
  goal?: true;
  /** Says that something cannot be judged: never suspicion. */
  quality?: true;
  /** Only with a picture of the student from before. */
  needsBaseline?: true;
  /** While one of these is said, the detector cannot judge. */
  mutedBy?: readonly string[];
}

const unseen = ['camera-dark', 'camera-blurred'];
const noClearFace = [...unseen, 'face-unclear'];

/** Every detector, by the name of what it finds. */
export const kinds = {
  'face-absent': { source: 'camera', goal: true, mutedBy: unseen },
  'faces-several': { source: 'camera', goal: true, mutedBy: unseen },
  'person-several': { source: 'camera', mutedBy: unseen },
  'other-person': { source: 'camera', goal: true, needsBaseline: true, mutedBy: noClearFace },
  'looking-away': { source: 'camera', mutedBy: noClearFace },
  phone: { source: 'camera', goal: true, mutedBy: unseen },
  book: { source: 'camera', mutedBy: unseen },
  'second-screen': { source: 'camera', mutedBy: unseen },
  speech: { source: 'microphone', goal: true, mutedBy: ['sound-clipped'] },
  'voices-several': { source: 'microphone', mutedBy: ['sound-clipped'] },
  'camera-black': { source: 'camera', goal: true },
  'camera-frozen': { source: 'camera', goal: true },
  'camera-looped': { source: 'camera' },
  'screen-black': { source: 'screen', goal: true },
  'screen-frozen': { source: 'screen', goal: true },
  'screen-words': { source: 'screen' },
  'screen-switched': { source: 'screen' },
  'camera-dark': { source: 'camera', quality: true },
  'camera-blurred': { source: 'camera', quality: true },
  'face-unclear': { source: 'camera', quality: true },
  'sound-clipped': { source: 'microphone', quality: true },
} as const satisfies Record<string, About>;

export type Kind = keyof typeof kinds;
export const allKinds = Object.keys(kinds) as Kind[];
/** What the browser itself notices is not measured here. */
export const isKind = (kind: string): kind is Kind => Object.hasOwn(kinds, kind);
export const about = (kind: Kind): About => kinds[kind];

/** A finding that is no mistake although the truth does not list it, since something else that is in the truth brings it along. */
export interface Natural {
  during: Kind;
  found: readonly Kind[];
  because: string;
}

/** They count neither way. */
export const natural: readonly Natural[] = [
  { during: 'camera-black', found: ['face-absent', 'face-unclear'], because: 'behind a cover no face can be seen' },
  { during: 'camera-black', found: ['camera-dark', 'camera-blurred'], because: 'a covered picture is dark, and has no edges' },
  { during: 'camera-black', found: ['camera-frozen', 'camera-looped'], because: 'nothing moves in a black picture' },
  { during: 'camera-dark', found: ['camera-blurred', 'face-unclear'], because: 'the codec leaves few edges in a dark picture' },
  { during: 'camera-blurred', found: ['face-unclear'], because: 'so is everything in the picture' },
  { during: 'camera-frozen', found: ['camera-looped'], because: 'a still picture repeats itself' },
  { during: 'face-absent', found: ['camera-frozen', 'camera-looped'], because: 'the truth set’s empty room is a still picture' },
  { during: 'faces-several', found: ['other-person', 'person-several'], because: 'the second face is another person’s (D beside B)' },
  { during: 'person-several', found: ['faces-several', 'other-person'], because: 'the bystander’s face may be seen in part' },
  { during: 'screen-words', found: ['screen-switched'], because: 'they stand in another program, which comes to the front' },
  { during: 'screen-black', found: ['screen-frozen'], because: 'nothing moves on a black screen' },
];
