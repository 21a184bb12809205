import { expect, it } from 'vitest';
import { ENDINGS, segmentFile, segmentKeyOf, trackFolder, type SegmentKey } from './segment-path.js';

const key: SegmentKey = { attempt: '0123456789abcdef01234567', track: 'screen', epoch: 1_893_488_400_000, sequence: 12 };

it.each(Object.values(ENDINGS))('reads back what it writes, ending %s', (ending) =>
  expect(segmentKeyOf('/data/segments', segmentFile('/data/segments', key, ending))).toEqual(key),
);

it.each([
  { attempt: '../../../etc/passwd000000' },
  { attempt: '0123456789ABCDEF01234567' },
  { track: '..' as 'screen' },
  { epoch: -1 },
  { epoch: 1.5 },
  { sequence: NaN },
])('makes no path of %j', (wrong) => expect(() => segmentFile('/data', { ...key, ...wrong })).toThrow(RangeError));

it('makes no folder of a name that leads elsewhere', () =>
  expect(() => trackFolder('/data', key.attempt, '../screen')).toThrow(RangeError));

it.each([
  '/data/0123456789abcdef01234567/screen/1-2.webm.tmp',
  '/data/0123456789abcdef01234567/screen/01-2.webm',
  '/data/0123456789abcdef01234567/../screen/1-2.webm',
  '/data/x/0123456789abcdef01234567/screen/1-2.webm',
  '/other/0123456789abcdef01234567/screen/1-2.webm',
])('reads no key from %s', (file) => expect(segmentKeyOf('/data', file)).toBeUndefined());
