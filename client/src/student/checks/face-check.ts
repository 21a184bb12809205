import type { FreshLook } from '@vigil/protocol';
import { wordsForProblems } from '../onboarding/words.js';
import { jpegOfTrack } from '../picture.js';
import type { Check, CheckOutcome } from './checks.js';
import type { CheckParts } from './student-checks.js';

/** A camera that was just opened finds its brightness first, ms. */
const settleMs = 1_000;
const width = 640;
/** So often an answer that another try may mend is asked about again. */
const tries = 2;

const goesOn = 'The exam goes on either way.';

/** Compares the face with the onboarding's. Whatever comes of it, the exam goes on. */
export function faceCheck({ session, look, pause }: Pick<CheckParts, 'session' | 'look' | 'pause'>, take = jpegOfTrack): Check {
  let tried = 0;
  const run = async (): Promise<CheckOutcome> => {
    const track = session.trackOf('webcam');
    try {
      if (!track || !look) throw new TypeError('there is nothing to compare');
      await pause(settleMs);
      const answer = await look(await take(track, width));
      tried += 1;
      return outcomeOf(answer, tried);
    } catch {
      return { passed: true, text: `Your face could not be compared just now. ${goesOn}`, help: [], again: true };
    }
  };
  return { name: 'face', running: 'Comparing your face with your onboarding…', run };
}

/** What the card says of an answer, the `tried`th. */
export function outcomeOf({ outcome, problems }: FreshLook, tried: number): CheckOutcome {
  const again = tried < tries;
  switch (outcome) {
    case 'like':
      return { passed: true, text: 'We recognise you.', help: [] };
    case 'unlike':
      return {
        passed: true,
        text: `You look different than at your onboarding. ${again ? 'More light or other glasses may help. You can try once more; the' : 'The'} exam goes on either way, and a person will look.`,
        help: [],
        again,
      };
    case 'unclear':
      return again
        ? { passed: false, text: 'Your face could not be seen well enough to compare it.', help: [...wordsForProblems(problems), 'Then press “Try again”.'] }
        : { passed: true, text: `Your face could not be seen well enough to compare it. ${goesOn}`, help: wordsForProblems(problems), again: true };
    case 'unknown':
      return { passed: true, text: 'A person will compare.', help: [] };
  }
}
