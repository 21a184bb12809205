import { expect, it } from 'vitest';
import { ntpToMs, packetsOf } from './tap.js';

it('NTP counts from 1900, a fraction in 2^-32 s', () => {
  // RFC 868: 2,208,988,800 s is 1 January 1970.
  expect(ntpToMs(2_208_988_800, 0)).toBe(0);
  expect(ntpToMs(2_208_988_801, 0x8000_0000)).toBe(1_500);
});

it('a notification carries one RTP packet, or several framed as on TCP', () => {
  const packets = [Buffer.from([0x80, 96, 0, 1]), Buffer.alloc(1_400, 0x90), Buffer.from([0xb0])];
  const framed = Buffer.concat(packets.flatMap((packet) => [Buffer.from([packet.length >> 8, packet.length & 0xff]), packet]));
  expect(packetsOf(packets[0]!)).toEqual([packets[0]]);
  expect(packetsOf(framed)).toEqual(packets);
  expect(packetsOf(Buffer.alloc(0))).toEqual([]);
});
