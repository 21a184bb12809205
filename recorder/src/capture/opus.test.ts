import { expect, it } from 'vitest';
import { opusDurationMs, opusSilence } from './opus.js';

const duration = (...bytes: number[]): number => opusDurationMs(Buffer.from(bytes), 0, bytes.length);

it('reads a packet’s length from its first bytes (RFC 6716, 3.1)', () => {
  expect(duration(0x08)).toBe(20); // SILK, narrow band, 20 ms
  expect(duration(0x18)).toBe(60);
  expect(duration(0x60)).toBe(10); // hybrid
  expect(duration(0xf8)).toBe(20); // CELT, full band
  expect(duration(0xe0)).toBe(2.5);
  expect(duration(0xf9)).toBe(40); // two frames
  expect(duration(0xfb, 0x03)).toBe(60); // three frames
  expect(duration(0xfb, 0x3f)).toBe(120); // more than allowed
  expect(duration()).toBe(0);
});

it.each([2.5, 5, 10, 20, 40, 60, 120])('makes silence of %d ms', (ms) => {
  const packet = opusSilence(ms);
  expect(opusDurationMs(packet, 0, packet.length)).toBe(ms);
  expect(opusSilence(ms)).toBe(packet);
});

it('makes the silence that players know for 20 ms', () => expect(opusSilence(20).toString('hex')).toBe('f8fffe'));
