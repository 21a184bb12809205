import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { scanSegments } from '../src/capture/scan.js';
import { segmentFile } from '../src/capture/segment-path.js';
import { videoClip } from '../src/capture/testing/clips.js';
import { BEGIN_MS, TestExam } from '../src/capture/testing/exam.js';
import { packetizeVideo } from '../src/capture/testing/packetizer.js';
import { decode } from '../src/capture/testing/probe.js';

let folder: string;
let mounted = false;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    mounted = true;
  } catch {
    mounted = false;
  }
});
afterEach(() => {
  if (mounted) execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true });
});

it('goes on by itself when a full disk has room again, and calls nothing stored that is not', async (context) => {
  if (!mounted) context.skip('this user may not mount a file system');
  const packets = packetizeVideo('vp8', videoClip({ codec: 'vp8', seconds: 30, fps: 10, size: '320x240', keyEvery: 10 }));
  let changed: () => void = () => undefined;
  const exam = new TestExam({
    folder,
    expected: ['webcam'],
    onDisk: (state) => {
      exam.disk.push(state);
      changed();
    },
  });
  const diskSays = (state: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The disk never became ${state}.`)), 20_000);
      changed = () => {
        if (exam.disk.at(-1) !== state) return;
        clearTimeout(timer);
        resolve();
      };
    });
  const filler = join(folder, 'filler');
  exam.send('webcam', 'vp8', packets);
  const calls = exam.take();
  const feed = (part: (() => void)[]): void => part.forEach((call) => call());
  const third = Math.floor(calls.length / 3);

  feed(calls.slice(0, third));
  await exam.capture.settled();
  const storedBefore = exam.segments.length;
  expect(storedBefore).toBeGreaterThan(0);
  expect(() => {
    for (;;) writeFileSync(filler, Buffer.alloc(4_096), { flag: 'a' });
  }).toThrow('ENOSPC');

  const failing = diskSays('failing');
  feed(calls.slice(third, 2 * third));
  await failing;
  await exam.capture.settled();
  expect(exam.states).toContain('webcam not-recorded disk');
  const failedAt = exam.segments.length;
  expect(failedAt).toBe(storedBefore);

  unlinkSync(filler);
  const ok = diskSays('ok');
  exam.at(exam.nowMs - BEGIN_MS + 2_500, () => undefined);
  exam.run();
  await ok;
  feed(calls.slice(2 * third));
  await exam.end();

  expect(exam.disk).toEqual(['failing', 'ok']);
  expect(exam.states.at(-2)).toBe('webcam recorded');
  const found = [];
  for await (const entry of scanSegments(folder)) found.push(entry);
  expect(found.every((entry) => 'sidecar' in entry)).toBe(true);
  expect(found).toHaveLength(exam.segments.length);
  expect(readdirSync(join(folder, exam.segments[0]!.attempt, 'webcam')).filter((name) => name.endsWith('.part'))).toEqual([]);
  const disk = exam.segments.flatMap(({ gaps }) => gaps).filter(({ cause }) => cause === 'disk');
  expect(disk).toHaveLength(1);
  const after = exam.segments.find(({ startMs }) => startMs === disk[0]!.endMs)!;
  const before = exam.segments.filter(({ startMs }) => startMs < after.startMs).sort((a, b) => b.startMs - a.startMs)[0]!;
  expect(Math.abs(before.startMs + before.durationMs - disk[0]!.startMs)).toBeLessThanOrEqual(1);
  for (const sidecar of exam.segments) expect(decode(segmentFile(folder, sidecar)).complaints).toBe('');
});
