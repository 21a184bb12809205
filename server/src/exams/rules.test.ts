import { expect, test } from 'vitest';
import { changeOf, tidyAllowed, tidyRules } from './rules.js';

const recorded = { webcam: true, microphone: true, screen: 'monitor' } as const;

test('only what is not ordinary is kept, once', () => {
  expect(
    tidyRules({
      ...recorded,
      weights: { phone: 6, speech: 4, 'camera-dark': 9 },
      minimumSeconds: { 'face-absent': 3, 'looking-away': 10, 'camera-dark': 20 },
      off: ['copy', 'book', 'copy'],
      words: ['Chat', 'chat', 'mail.example'],
      fullscreen: false,
    }),
  ).toEqual({ ...recorded, weights: { speech: 4 }, minimumSeconds: { 'looking-away': 10, 'camera-dark': 20 }, off: ['book', 'copy'], words: ['chat', 'mail.example'] });
  expect(tidyRules({ ...recorded, weights: { phone: 6 }, minimumSeconds: { phone: 3 }, off: [], words: [] })).toEqual(recorded);
});

test('what comes together is kept where it is not the ordinary, in one order, and nothing with itself', () => {
  const ordinary = [
    { kind: 'phone', with: 'looking-away', weight: 2 },
    { kind: 'looking-away', with: 'speech', weight: 1 },
  ] as const;
  expect(tidyRules({ ...recorded, together: [...ordinary] })).toEqual(recorded);
  expect(tidyRules({ ...recorded, together: [] })).toEqual({ ...recorded, together: [] });
  expect(
    tidyRules({
      ...recorded,
      together: [
        { kind: 'phone', with: 'speech', weight: 1 },
        { kind: 'book', with: 'book', weight: 5 },
        { kind: 'phone', with: 'speech', weight: 3 },
      ],
    }).together,
  ).toEqual([{ kind: 'phone', with: 'speech', weight: 3 }]);
});

test('what is allowed is not looked for', () => {
  expect(tidyRules({ ...recorded, off: ['copy'] }, { things: ['calculator', 'second-monitor'] }).off).toEqual(['phone', 'second-screen', 'second-monitor', 'copy']);
  expect(tidyAllowed({ things: ['breaks', 'paper', 'paper'], sites: ['a.example', 'a.example'] })).toEqual({ things: ['paper', 'breaks'], sites: ['a.example'] });
  expect(tidyAllowed({ things: [], sites: [] })).toBeUndefined();
});

test('a change tells what was and what will be, of what differs alone', () => {
  const was = { weights: { phone: 1 }, off: ['book' as const] };
  expect(changeOf(was, { off: ['book'], identity: { document: false, room: true } })).toEqual({
    before: { weights: { phone: 1 }, identity: null },
    after: { weights: null, identity: { document: false, room: true } },
  });
  expect(changeOf(was, { weights: { phone: 1 }, off: ['book'] })).toBeUndefined();
});
