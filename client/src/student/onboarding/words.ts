import type { LookProblem, OnboardingStep } from '@vigil/protocol';

/** What a student can do about each problem. Of several, the first in this order is told: what hides the others. */
export const problemWords: Record<LookProblem, string> = {
  unreadable: 'The picture did not arrive whole. Please try again.',
  'too-dark': 'A little more light from the front',
  'too-blurred': 'Hold still for a moment, and wipe the camera if it is dusty',
  'several-faces': 'Only you should be in the picture',
  'no-face': 'Bring your face into the oval',
  'face-cut-off': 'Your whole face should be in the oval',
  'face-small': 'Come a little closer',
  glasses: 'Please take your glasses off for this picture',
  'wrong-way': 'Please turn to the other side',
  'turned-too-far': 'Turn back a little',
  'not-turned': 'Turn a little more',
  'turned-away': 'Look straight into the camera',
  'not-closer': 'Come a little closer still',
  'other-face': 'This face could not be matched with the first picture. More light may help.',
  'no-document': 'No words could be read. Hold the document still and closer, without glare.',
  'name-differs': 'Your name could not be read on the document. Hold it closer and straight.',
};

/** Problems in words, what hides the others first. */
export const wordsForProblems = (problems: readonly LookProblem[]): string[] =>
  (Object.keys(problemWords) as LookProblem[]).filter((problem) => problems.includes(problem)).map((problem) => problemWords[problem]);

/** What the student is asked to do. The picture is shown as in a mirror, so that an arrow points where the head goes. */
export const prompts: Record<OnboardingStep, string> = {
  front: 'Look straight into the camera',
  left: '← Turn your head slowly to your left',
  right: 'Turn your head slowly to your right →',
  closer: 'Come closer, until your face fills the oval',
  document: 'Hold your identity document beside your face',
  room: 'Show the room around you',
};

/** A step by its name. */
export const stepNames: Record<OnboardingStep, string> = {
  front: 'your face from the front',
  left: 'your face from the left',
  right: 'your face from the right',
  closer: 'your face from close by',
  document: 'your identity document',
  room: 'the room around you',
};
