import { expect, it } from 'vitest';
import type { ShelfPiece } from './piece-shelf.js';
import { SendingBatch } from './sending-batch.js';

const piece = (name: string): ShelfPiece => ({ name, track: 'webcam', startMs: 0, endMs: 10_000, bytes: 100, open: false });

it('tells how long the rest takes by the speed so far, once that is known', () => {
  let now = 1_000;
  const batch = new SendingBatch(() => now);
  batch.want([piece('a'), piece('b')]);
  now = 5_999;
  batch.progress('a', 50);
  expect(batch.view).toEqual({ sentBytes: 50, totalBytes: 200, restMs: null });
  now = 11_000;
  expect(batch.view.restMs).toBe(30_000);
  // What comes after a pause is measured by itself.
  batch.sent('a');
  batch.sent('b');
  batch.want([]);
  now = 500_000;
  batch.want([piece('c')]);
  now = 510_000;
  expect(batch.view.restMs).toBeNull();
  batch.progress('c', 50);
  expect(batch.view.restMs).toBe(10_000);
});
