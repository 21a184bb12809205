import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sidecar } from '@vigil/protocol';
import { repairSegments } from '../src/capture/repair.js';
import { scanSegments } from '../src/capture/scan.js';
import { ENDINGS, segmentFile } from '../src/capture/segment-path.js';
import { opusClip, videoClip } from '../src/capture/testing/clips.js';
import { BEGIN_MS, TestExam } from '../src/capture/testing/exam.js';
import { packetizeOpus, packetizeVideo } from '../src/capture/testing/packetizer.js';
import { decode, probe } from '../src/capture/testing/probe.js';

const exam = new TestExam({ expected: ['webcam', 'microphone'], segmentMs: { webcam: 8_000, screen: 8_000 } });
let whole: Sidecar;
let folder: string;
let part: string;
let sidecarFile: string;

beforeAll(async () => {
  exam.send('webcam', 'vp8', packetizeVideo('vp8', videoClip({ codec: 'vp8', seconds: 8, fps: 10, size: '320x240', keyEvery: 30 })));
  exam.send('microphone', 'opus', packetizeOpus(opusClip(8)));
  exam.run();
  await exam.end();
  whole = exam.segments[0]!;
  return () => exam.remove();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-repair-'));
  part = segmentFile(folder, whole, ENDINGS.part);
  sidecarFile = segmentFile(folder, whole, ENDINGS.sidecar);
  mkdirSync(dirname(part), { recursive: true });
  copyFileSync(segmentFile(exam.folder, whole), part);
  return () => rmSync(folder, { recursive: true });
});
afterAll(() => exam.remove());

async function scanned(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const entry of scanSegments(folder)) found.push(entry);
  return found;
}

describe('repair', () => {
  it('closes a whole file as it is', async () => {
    const { repaired } = await repairSegments(folder);
    const { durationMs, ...facts } = { ...whole, gaps: [], closedBy: 'repair' };
    expect(repaired).toEqual([expect.objectContaining(facts)]);
    expect(Math.abs(repaired[0]!.durationMs - durationMs)).toBeLessThanOrEqual(20);
    expect(await scanned()).toEqual([{ sidecar: repaired[0], file: sidecarFile }]);
    expect(await repairSegments(folder)).toEqual({ repaired: [], removed: [], failed: [] });
  });

  it.each([0.2, 0.5, 0.77, 0.999])('keeps every whole frame of a file cut at %d of its length', async (share) => {
    const original = probe(part);
    const cut = Math.floor(whole.bytes * share);
    truncateSync(part, cut);
    const { repaired } = await repairSegments(folder);
    const file = segmentFile(folder, whole);
    const kept = probe(file);
    expect(kept).toEqual(original.slice(0, kept.length));
    // No more than the frame that was cut through is missing.
    expect(cut - readFileSync(file).length).toBeLessThan(20_000);
    const { complaints, pictures } = decode(file);
    expect(complaints).toBe('');
    expect(repaired[0]).toMatchObject({ startMs: whole.startMs, video: { frames: pictures, width: 320, height: 240 } });
    expect(repaired[0]!.video!.frames + repaired[0]!.audio!.frames).toBe(kept.length);
    expect(existsSync(part)).toBe(false);
  });

  it('removes what has no frame, and leaves other files alone', async () => {
    truncateSync(part, 200);
    writeFileSync(join(dirname(part), 'notes.txt'), 'not ours');
    expect(await repairSegments(folder)).toEqual({ repaired: [], removed: [part], failed: [] });
    expect(readdirSync(dirname(part))).toEqual(['notes.txt']);
  });

  it('takes the sidecar that a crash left beside the unclosed file, and only if it fits', async () => {
    copyFileSync(segmentFile(exam.folder, whole, ENDINGS.sidecar), sidecarFile);
    expect((await repairSegments(folder)).repaired).toEqual([whole]);
    renameSync(segmentFile(folder, whole), part);
    truncateSync(part, Math.floor(whole.bytes / 2));
    expect((await repairSegments(folder)).repaired[0]).toMatchObject({ closedBy: 'repair' });
  });

  it('names sidecars that are broken, foreign or alone', async () => {
    await repairSegments(folder);
    const other = (sequence: number): string => segmentFile(folder, { ...whole, sequence }, ENDINGS.sidecar);
    writeFileSync(other(7), '{');
    writeFileSync(other(8), readFileSync(sidecarFile));
    writeFileSync(other(9), JSON.stringify({ ...whole, sequence: 9 }));
    expect(await scanned()).toEqual([
      expect.objectContaining({ file: sidecarFile }),
      { file: other(7), problem: expect.stringContaining('cannot be read') as string },
      { file: other(8), problem: 'The sidecar is that of another segment.' },
      { file: other(9), problem: 'The media file is missing.' },
    ]);
  });

  it('finds a still screen’s last picture, and that it stood, in what a crash left', async () => {
    const crashed = new TestExam({ expected: ['screen'] });
    const frames = videoClip({ codec: 'vp8', seconds: 4, fps: 1, size: '320x240', keyEvery: 100 });
    const packets = packetizeVideo('vp8', frames);
    crashed.send('screen', 'vp8', packets, { alsoReportToMs: 12_000 });
    crashed.run();
    await crashed.capture.settled();
    const { repaired } = await repairSegments(crashed.folder);
    expect(repaired).toHaveLength(1);
    expect(repaired[0]!.video!.frames).toBe(4);
    expect(repaired[0]!.durationMs).toBeGreaterThan(9_000);
    await crashed.end();
    crashed.remove();
  });
});

it('loses no more than the last seconds when the process is killed', async () => {
  const lifeMs = 32_950;
  rmSync(part);
  const entry = fileURLToPath(new URL('../dist/capture/testing/doomed.js', import.meta.url));
  const doomed = spawn(process.execPath, [entry, folder, String(lifeMs)], { stdio: 'inherit', timeout: 50_000 });
  expect(await once(doomed, 'exit')).toEqual([null, 'SIGKILL']);
  const { repaired, failed } = await repairSegments(folder);
  expect(failed).toEqual([]);
  // The sealed webcam segment is whole; the one that was open, and the screen's, are cut back.
  const [webcam, screen] = ['webcam', 'screen'].map((track) => repaired.find((sidecar) => sidecar.track === track)!);
  expect(webcam!.sequence).toBe(1);
  expect(screen!.sequence).toBe(0);
  for (const sidecar of [webcam!, screen!]) {
    const lostMs = BEGIN_MS + lifeMs - (sidecar.startMs + sidecar.durationMs);
    expect(lostMs).toBeLessThan(3_000);
    const { complaints, pictures } = decode(segmentFile(folder, sidecar));
    expect(complaints).toBe('');
    expect(pictures).toBe(sidecar.video!.frames);
  }
  expect(screen!.durationMs).toBeGreaterThan(lifeMs - 3_100);
});
