import { expect, it } from 'vitest';
import { ntpToMs } from './tap.js';

it('NTP counts from 1900, a fraction in 2^-32 s', () => {
  // RFC 868: 2,208,988,800 s is 1 January 1970.
  expect(ntpToMs(2_208_988_800, 0)).toBe(0);
  expect(ntpToMs(2_208_988_801, 0x8000_0000)).toBe(1_500);
});
