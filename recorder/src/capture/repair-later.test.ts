import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { RepairLater, type CutOff } from './repair-later.js';
import { SegmentBuilder } from './segment-builder.js';
import { ENDINGS, segmentFile, type SegmentKey } from './segment-path.js';
import { ATTEMPT, BEGIN_MS } from './testing/exam.js';

const folder = mkdtempSync(join(tmpdir(), 'vigil-later-'));
afterEach(() => rmSync(folder, { recursive: true }));

/** A segment of one frame of sound that nobody has closed. */
function cutOff(sequence: number): SegmentKey {
  const key: SegmentKey = { attempt: ATTEMPT, track: 'webcam', epoch: 1, sequence };
  const file = segmentFile(folder, key, ENDINGS.part);
  mkdirSync(dirname(file), { recursive: true });
  const builder = new SegmentBuilder({ audio: true }, BEGIN_MS, { write: (data) => writeFileSync(file, data, { flag: 'a' }) });
  builder.audio(BEGIN_MS, Buffer.from('f8fffe', 'hex'), 20);
  builder.finish(BEGIN_MS + 20);
  return key;
}

it('tries again what did not work, each in its turn, until all is closed and announced', async () => {
  const later = new RepairLater(1);
  const tried: number[] = [];
  const closed = await new Promise<number[]>((resolve) => {
    const done: number[] = [];
    const entry = (sequence: number, failures: number): CutOff => ({
      folder,
      key: cutOff(sequence),
      gaps: [],
      onSegment: () => {
        tried.push(sequence);
        if (failures-- > 0) throw new Error('of the test');
        if (done.push(sequence) === 3) resolve(done);
      },
    });
    later.add([entry(0, 2), entry(1, 0)]);
    later.add([entry(2, 1)]);
  });
  expect(closed).toEqual([1, 2, 0]);
  expect(tried).toEqual([0, 1, 2, 0, 2, 0]);
});
