import { expect, test } from 'vitest';
import { rulesChange, tidyRules } from './rules.js';

test('only what is not ordinary is kept, once', () => {
  expect(tidyRules({ weights: { phone: 6, speech: 4, 'camera-dark': 9 }, off: ['copy', 'book', 'copy'], words: ['Chat', 'chat', 'mail.example'], fullscreen: false })).toEqual({
    weights: { speech: 4 },
    off: ['book', 'copy'],
    words: ['chat', 'mail.example'],
  });
  expect(tidyRules({ weights: { phone: 6 }, off: [], words: [] })).toEqual({});
});

test('a change tells what was and what will be, of what differs alone', () => {
  const was = { weights: { phone: 1 }, off: ['book' as const] };
  expect(rulesChange(was, { off: ['book'], identity: { document: false, room: true } })).toEqual({
    before: { weights: { phone: 1 }, identity: null },
    after: { weights: null, identity: { document: false, room: true } },
  });
  expect(rulesChange(was, { weights: { phone: 1 }, off: ['book'] })).toBeUndefined();
});
