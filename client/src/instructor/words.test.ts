import { expect, test } from 'vitest';
import { describeEvent, spaced } from './words.js';

test('an event says what, of which source, and why', () => {
  expect(describeEvent({ kind: 'started' })).toBe('Started');
  expect(describeEvent({ kind: 'source-off', source: 'screen', cause: 'muted' })).toBe(
    'Screen: not recorded (switched off on the student’s device)',
  );
  expect(describeEvent({ kind: 'opened', detail: 'Firefox' })).toBe('Page opened (Firefox)');
  expect(describeEvent({ kind: 'agreed', detail: '3a7d' })).toBe('Agreed to be recorded (notice 3a7d)');
});

test('an event of a newer server is shown as it is', () => {
  expect(describeEvent({ kind: 'moved', source: 'keyboard', cause: 'magic' })).toBe('moved');
});

test('names of thresholds are spaced', () => expect(spaced('minimumScore')).toBe('minimum score'));
