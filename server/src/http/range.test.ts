import { expect, test } from 'vitest';
import { rangeOf } from './range.js';

const etag = '"abc"';

test.each([
  [{}, undefined],
  [{ range: 'bytes=0-0' }, { start: 0, end: 0 }],
  [{ range: 'bytes=10-' }, { start: 10, end: 99 }],
  [{ range: 'bytes=-5' }, { start: 95, end: 99 }],
  [{ range: 'bytes=90-500' }, { start: 90, end: 99 }],
  [{ range: 'bytes=100-' }, 'outside'],
  [{ range: 'bytes=-0' }, 'outside'],
  [{ range: 'bytes=5-2' }, 'outside'],
  [{ range: 'bytes=0-1,4-5' }, undefined],
  [{ range: 'lines=0-1' }, undefined],
  [{ range: 'nonsense' }, undefined],
  [{ range: 'bytes=0-1', 'if-range': '"abc"' }, { start: 0, end: 1 }],
  [{ range: 'bytes=0-1', 'if-range': '"other"' }, undefined],
  [{ range: 'bytes=0-1', 'if-range': 'W/"abc"' }, undefined],
] as const)('%j', (headers, expected) => {
  expect(rangeOf(headers, etag, 100)).toEqual(expected);
});
