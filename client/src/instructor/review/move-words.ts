import type { ReviewMove } from '@vigil/protocol';

/** What a person can do about an attempt, as a button says it. */
export const moveButton: Record<ReviewMove, string> = {
  flag: 'Mark to look at again',
  unflag: 'Take the mark off',
  clear: 'Clear',
  find: 'Violation',
  propose: 'Propose a violation',
  confirm: 'Confirm the violation',
  sendBack: 'Send back',
  reopen: 'Open again',
};

/** What follows, before it is done. */
export const moveMeans: Record<ReviewMove, string> = {
  flag: 'Others see that this attempt is worth another look. It says nothing about the student.',
  unflag: 'The attempt is as before: not decided.',
  clear: 'You have looked, and found nothing that breaks the exam’s rules.',
  find: 'You have looked, and the exam’s rules were broken. Write what you saw, and where.',
  propose: 'You have looked, and think that the exam’s rules were broken. Another instructor looks as well, and confirms it or sends it back.',
  confirm: 'You have looked as well, and agree that the exam’s rules were broken.',
  sendBack: 'It is not confirmed. The attempt is marked to look at again.',
  reopen: 'What was decided holds no more, and is looked at again. It stays in the list of steps.',
};
