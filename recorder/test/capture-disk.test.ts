import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { scanSegments } from '../src/capture/scan.js';
import { segmentFile } from '../src/capture/segment-path.js';
import { videoClip } from '../src/capture/testing/clips.js';
import { ATTEMPT, BEGIN_MS, TestExam, type Way } from '../src/capture/testing/exam.js';
import { packetizeVideo } from '../src/capture/testing/packetizer.js';
import { decode } from '../src/capture/testing/probe.js';

/** How long a test waits for anything, ms. */
const patienceMs = 20_000;

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

/** An exam of a webcam, 30 s long. What happens is `disk <state>` and `segment`. */
function startExam(way: Way = {}) {
  const packets = packetizeVideo('vp8', videoClip({ codec: 'vp8', seconds: 30, fps: 10, size: '320x240', keyEvery: 10 }));
  const events = new EventEmitter();
  const exam = new TestExam({
    folder,
    expected: ['webcam'],
    onDisk: (state) => {
      exam.disk.push(state);
      events.emit(`disk ${state}`);
    },
    onSegment: (sidecar) => {
      exam.segments.push(sidecar);
      events.emit('segment');
    },
  });
  exam.send('webcam', 'vp8', packets, way);
  const calls = exam.take();
  const perSecond = calls.length / 30;
  const feed = (fromSecond: number, toSecond: number): void =>
    calls.slice(fromSecond * perSecond, toSecond * perSecond).forEach((call) => call());
  const happens = (event: string): Promise<unknown> => once(events, event, { signal: AbortSignal.timeout(patienceMs) });
  return { exam, feed, happens };
}

/** Writes until nothing goes on the disk any more. @returns what gives the room back. */
function fillDisk(): () => void {
  const filler = join(folder, 'filler');
  expect(() => {
    for (;;) writeFileSync(filler, Buffer.alloc(4_096), { flag: 'a' });
  }).toThrow('ENOSPC');
  return () => unlinkSync(filler);
}

const parts = (): string[] => readdirSync(join(folder, ATTEMPT, 'webcam')).filter((name) => name.endsWith('.part'));

it('goes on by itself when a full disk has room again, and calls nothing stored that is not', async (context) => {
  if (!mounted) context.skip('this user may not mount a file system');
  const { exam, feed, happens } = startExam();
  feed(0, 10);
  await exam.capture.settled();
  const storedBefore = exam.segments.length;
  expect(storedBefore).toBeGreaterThan(0);
  const makeRoom = fillDisk();

  const failing = happens('disk failing');
  feed(10, 20);
  await failing;
  await exam.capture.settled();
  expect(exam.states).toContain('webcam not-recorded disk');
  expect(exam.segments).toHaveLength(storedBefore);

  makeRoom();
  const ok = happens('disk ok');
  exam.at(exam.nowMs - BEGIN_MS + 2_500, () => undefined);
  exam.run();
  await ok;
  feed(20, 30);
  await exam.end();

  expect(exam.disk).toEqual(['failing', 'ok']);
  expect(exam.states.at(-2)).toBe('webcam recorded');
  const found = [];
  for await (const entry of scanSegments(folder)) found.push(entry);
  expect(found.every((entry) => 'sidecar' in entry)).toBe(true);
  expect(found).toHaveLength(exam.segments.length);
  expect(parts()).toEqual([]);
  const disk = exam.segments.flatMap(({ gaps }) => gaps).filter(({ cause }) => cause === 'disk');
  expect(disk).toHaveLength(1);
  const after = exam.segments.find(({ startMs }) => startMs === disk[0]!.endMs)!;
  const before = exam.segments.filter(({ startMs }) => startMs < after.startMs).sort((a, b) => b.startMs - a.startMs)[0]!;
  expect(Math.abs(before.startMs + before.durationMs - disk[0]!.startMs)).toBeLessThanOrEqual(1);
  for (const sidecar of exam.segments) expect(decode(segmentFile(folder, sidecar)).complaints).toBe('');
});

it('closes what it cut off also after the session has ended, with the gaps that were known, when there is room again', async (context) => {
  if (!mounted) context.skip('this user may not mount a file system');
  const { exam, feed, happens } = startExam({ muted: { fromMs: 8_520, toMs: 9_000 } });
  // So far that a part of the open segment is on the disk.
  feed(0, 11);
  await exam.capture.settled();
  const stored = exam.segments.length;
  const makeRoom = fillDisk();
  const failing = happens('disk failing');
  feed(11, 20);
  await failing;
  await exam.end();
  expect(exam.disk).toEqual(['failing']);
  expect(exam.segments).toHaveLength(stored);
  expect(parts()).not.toEqual([]);

  const closed = happens('segment');
  makeRoom();
  await closed;
  await expect.poll(parts, { timeout: patienceMs }).toEqual([]);
  expect(exam.segments).toHaveLength(stored + 1);
  const last = exam.segments.at(-1)!;
  expect(last.closedBy).toBe('repair');
  expect(last.gaps.map(({ cause }) => cause)).toEqual(['muted']);
  expect(decode(segmentFile(folder, last)).complaints).toBe('');
  const found = [];
  for await (const entry of scanSegments(folder)) found.push(entry);
  expect(found.map((entry) => 'sidecar' in entry)).toEqual(exam.segments.map(() => true));
});
