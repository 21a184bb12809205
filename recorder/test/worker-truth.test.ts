import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentsOf, type FindingKind, type Track } from '@vigil/protocol';
import { findingsOf } from '../src/worker/queue/finding-store.js';
import { analyseFile } from './worker-analyse.js';
import { loadDetectors, type Detectors } from '../src/worker/detectors/all.js';
import { probe } from '../src/worker/media/probe.js';

/** Filmed and spoken truth that is not part of the project; where it lies, the detectors are compared with it. */
const media = fileURLToPath(new URL('../../../shared/media', import.meta.url));
const missing = !existsSync(join(media, 'truth.json'));

type Expected = readonly [kind: FindingKind, fromSeconds: number, toSeconds: number];
const table: readonly (readonly [file: string, track: Track, expected: readonly Expected[]])[] = [
  ['clips/normal.mp4', 'webcam', []],
  ['clips/absent.mp4', 'webcam', [['face-absent', 20, 40]]],
  ['clips/second-person.mp4', 'webcam', [['faces-several', 15, 35]]],
  // Covered is black; the dark part still shows a person, and the blurred one: that is quality.
  ['clips/camera.mp4', 'webcam', [['camera-black', 15, 25], ['camera-dark', 29.5, 39.5], ['camera-blurred', 43.7, 53.7], ['camera-frozen', 58.7, 78.7]]],
  ['clips/look-away.mp4', 'webcam', [['looking-away', 5, 10], ['looking-away', 20, 25]]],
  ['clips/phone.mp4', 'webcam', [['phone', 20, 40]]],
  ['clips/screen.mp4', 'screen', [['screen-black', 40, 50]]],
  ['audio/typing.flac', 'webcam', []],
  ['audio/silence.flac', 'webcam', []],
];

describe.skipIf(missing)(missing ? 'skipped: no truth set in ../shared/media' : 'the truth set', { timeout: 180_000 }, () => {
  let folder: string;
  let detectors: Detectors;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vigil-truth-'));
    detectors = await loadDetectors();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function findingsIn(name: string, track: Track) {
    const file = join(folder, 'clip.webm');
    const codec = name.startsWith('audio/')
      ? ['-c:a', 'libopus', '-b:a', '20k', '-ac', '1']
      : ['-an', '-vf', track === 'webcam' ? 'fps=10,scale=320:240' : 'fps=2,scale=960:540', '-c:v', 'libvpx', '-b:v', '250k', '-deadline', 'realtime', '-cpu-used', '-8', '-g', '600'];
    execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', join(media, name), ...codec, file], { timeout: 150_000 });
    return incidentsOf(findingsOf('a'.repeat(24), await analyseFile({ ...(await probe(file)), file, track }, detectors)));
  }

  it.each(table)('%s', async (name, track, expected) => {
    const found = await findingsIn(name, track);
    expect(found.map(({ kind }) => kind)).toEqual(expected.map(([kind]) => kind));
    for (const [index, [, from, to]] of expected.entries()) {
      // One look a second, and the clip's own second of tolerance.
      expect(Math.abs(found[index]!.startMs / 1_000 - from)).toBeLessThanOrEqual(1.2);
      expect(Math.abs(found[index]!.endMs / 1_000 - to)).toBeLessThanOrEqual(1.2);
    }
  });

  it('audio/speech.flac', async () => {
    const found = await findingsIn('audio/speech.flac', 'webcam');
    const spoken = [[5, 15.65], [25, 31.55], [45, 47.73]] as const;
    // A reader and a synthetic voice: two that speak.
    expect([...new Set(found.map(({ kind }) => kind))].filter((kind) => kind !== 'voices-several')).toEqual(['speech']);
    const heardAs = found.filter(({ kind }) => kind === 'speech');
    for (const { startMs, endMs } of heardAs) {
      expect(spoken.some(([from, to]) => startMs / 1_000 >= from - 0.5 && endMs / 1_000 <= to + 0.5)).toBe(true);
    }
    for (const [from, to] of spoken) {
      const inside = heardAs.filter(({ startMs }) => startMs / 1_000 >= from - 0.5 && startMs / 1_000 < to);
      const heard = inside.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 1_000, 0);
      expect(heard / (to - from)).toBeGreaterThan(0.7);
    }
  });
});
