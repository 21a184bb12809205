import { FindingKind, isQuality } from '@vigil/protocol';
import { expect, test } from 'vitest';
import { countedGroups, qualityGroup } from './kind-groups.js';

test('every kind can be set, once, and what is quality stands apart', () => {
  const counted = countedGroups.flatMap(({ kinds }) => kinds);
  expect([...counted, ...qualityGroup.kinds].sort()).toEqual([...FindingKind.options].sort());
  expect(counted.some(isQuality)).toBe(false);
  expect(qualityGroup.kinds.every(isQuality)).toBe(true);
});
