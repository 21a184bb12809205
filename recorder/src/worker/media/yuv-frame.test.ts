import { expect, it } from 'vitest';
import { greyFrame, yuvBytes, yuvFrame } from './yuv-frame.js';

const size = { width: 4, height: 2 };
/** The left half of one colour, the right half of another, as Y, U, V. */
const halves = (left: readonly number[], right: readonly number[]) =>
  Uint8Array.from([0, 0, 1, 1, 0, 0, 1, 1].map((half) => [left, right][half]![0]!).concat(left[1]!, right[1]!, left[2]!, right[2]!));

it('a picture in planes has the colours of ITU-R BT.601', () => {
  // Red and blue, as ffmpeg encodes them.
  const frame = yuvFrame(40, size, halves([81, 90, 240], [41, 240, 110]));
  const [red, blue] = [[...frame.data.subarray(0, 3)], [...frame.data.subarray(6, 9)]];
  for (const [seen, wanted] of [[red, [255, 0, 0]], [blue, [0, 0, 255]]] as const)
    for (const [channel, value] of seen.entries()) expect(Math.abs(value - wanted[channel]!)).toBeLessThanOrEqual(3);
  expect(frame.data.length).toBe(24);
  expect(frame.timeMs).toBe(40);
  expect(yuvBytes(size)).toBe(12);
});

it('brightness reaches from 0 to 255', () => {
  expect([...(yuvFrame(0, size, halves([16, 128, 128], [235, 128, 128])).luma ?? [])]).toEqual([0, 0, 255, 255, 0, 0, 255, 255]);
  expect([...(yuvFrame(0, size, halves([3, 128, 128], [250, 128, 128])).luma ?? [])]).toEqual([0, 0, 255, 255, 0, 0, 255, 255]);
});

it('a grey picture is grey in colours as well', () => {
  const frame = greyFrame(0, { width: 2, height: 1, data: Uint8Array.of(7, 200) });
  expect([...frame.data]).toEqual([7, 7, 7, 200, 200, 200]);
});
