import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { segmentId, type AttemptAnalysis, type SegmentDocument, type Track } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import { probe, workerEntry } from '@vigil/recorder/worker';
import { MongoClient } from 'mongodb';
import { allMaterials } from '../analysis/materials.js';
import { usageOf } from './processes.js';

/**
 * `npm run bench -- memory [--hours H]`: whether the worker's memory stays flat over H hours (8) of one attempt's webcam, sound and
 * screen, and how soon after the last segment all is judged. The real worker with the real queue; the same clips again and again. Exit
 * status 0 only when the memory in the last quarter is at most `growth` times that in the second one, and nothing failed.
 */
const growth = 1.1;
const { values } = parseArgs({ options: { hours: { type: 'string', default: '8' } } });
const hours = Number(values.hours);
if (!(hours > 0)) throw new Error(`--hours must be a number above 0, not ${values.hours}`);

const attempt = 'c'.repeat(24);
const epoch = 1_760_000_000_000;
const clips: Record<Track, readonly (readonly [clip: string, condition: string])[]> = {
  webcam: [['sound-speech', 'sound'], ['normal', 'large'], ['second-person', 'large'], ['phone', 'large'], ['absent', 'large']],
  screen: [['screen-words', 'screen'], ['screen-switch', 'screen'], ['screen-exam', 'screen']],
}; // prettier-ignore
const say = (line: string): void => console.log(line);

interface Clip {
  file: string;
  part: Pick<SegmentDocument, 'durationMs' | 'bytes' | 'sha256' | 'video' | 'audio'>;
}

async function clipsOf(track: Track, folder: string): Promise<Clip[]> {
  const made: Clip[] = [];
  const all = allMaterials(() => undefined);
  for (const [clip, condition] of clips[track]) {
    const material = all.find((one) => one.clip === clip && one.condition === condition);
    // What needs the truth set is not there without it.
    if (!material) continue;
    const own = join(folder, clip);
    await mkdir(own);
    const file = join(own, 'clip.webm');
    await material.make(file, own);
    const [{ video, audio, durationMs }, bytes] = [await probe(file), await readFile(file)];
    made.push({
      file,
      part: {
        durationMs: Math.floor(durationMs),
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        ...(video && { video: { codec: 'vp8', ...video, frames: 1 } }),
        ...(audio && { audio: { codec: 'opus', frames: 1 } }),
      },
    });
  }
  if (!made.length) throw new Error(`There is no clip for the ${track}: the truth set is missing.`);
  return made;
}

/** Puts clips one after the other, as segments, until so much is there. */
async function place(folder: string, track: Track, all: readonly Clip[], untilMs: number): Promise<SegmentDocument[]> {
  const documents: SegmentDocument[] = [];
  for (let sequence = 0, startMs = 0; startMs < untilMs; sequence++) {
    const { file, part } = all[sequence % all.length]!;
    const key = { attempt, track, epoch, sequence };
    documents.push({ _id: segmentId(key), version: 1, ...key, startMs: epoch + startMs, ...part, gaps: [], closedBy: 'deadline', analysis: { state: 'pending', tries: 0, availableAt: new Date(startMs) } });
    const at = segmentFile(folder, key);
    await mkdir(dirname(at), { recursive: true });
    await link(file, at);
    startMs += part.durationMs;
  }
  return documents;
}

const setup = new URL('../../../docker/setup/database.mjs', import.meta.url).href;
const { startDatabase } = (await import(setup)) as { startDatabase: (options: { ephemeral: boolean }) => Promise<{ uri: string; stop: () => Promise<void> }> };
delete process.env['MONGODB_URI'];
const data = await mkdtemp(join(tmpdir(), 'vigil-memory-'));
const database = await startDatabase({ ephemeral: true });
const client = await MongoClient.connect(database.uri);
let worker: ChildProcess | undefined;
try {
  process.exitCode = (await measure()) ? 0 : 1;
} finally {
  if (worker?.exitCode === null) {
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
  }
  await client.close();
  await database.stop();
  await rm(data, { recursive: true, force: true });
}

async function measure(): Promise<boolean> {
  const untilMs = hours * 3_600_000;
  const documents: SegmentDocument[] = [];
  for (const track of ['webcam', 'screen'] as const) {
    const folder = join(data, track);
    await mkdir(folder);
    documents.push(...(await place(join(data, 'segments'), track, await clipsOf(track, folder), untilMs)));
  }
  const segments = client.db().collection<SegmentDocument>('segments');
  const analyses = client.db().collection<AttemptAnalysis>('attemptAnalyses');
  await segments.insertMany(documents);
  say(`${documents.length} segments, ${hours} h of one attempt`);
  worker = fork(workerEntry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { PATH: process.env['PATH'] ?? '', MONGODB_URI: database.uri, VIGIL_DATA: data } });
  const { pid } = worker;
  if (pid === undefined) throw new Error('The worker cannot be started.');

  const samples: { done: number; rss: number }[] = [];
  const parts: number[][] = [[], [], [], []];
  let told = 0;
  let measuredAtMs: number | undefined;
  for (;;) {
    if (worker.exitCode !== null || worker.signalCode !== null) throw new Error('The worker ended.');
    const done = await segments.countDocuments({ 'analysis.state': { $in: ['done', 'dead'] } });
    const rss = usageOf(pid).rssBytes / 2 ** 20;
    samples.push({ done, rss });
    parts[Math.min(3, Math.floor((done / documents.length) * 4))]!.push(rss);
    if (done >= told) {
      say(`${((done / documents.length) * hours).toFixed(2).padStart(6)} h  ${rss.toFixed(0).padStart(5)} MiB`);
      told = done + documents.length / 16;
    }
    if (done === documents.length) {
      measuredAtMs ??= performance.now();
      if (await analyses.countDocuments({ _id: attempt, open: false })) break;
      if (performance.now() - measuredAtMs > 600_000) throw new Error('It was not judged within ten minutes.');
    }
    await pause(1_000);
  }
  const judgedSeconds = (performance.now() - measuredAtMs) / 1_000;
  const dead = await segments.countDocuments({ 'analysis.state': 'dead' });
  const middle = parts.map((all) => all.sort((a, b) => a - b)[all.length >> 1] ?? NaN);
  say('');
  ['first', 'second', 'third', 'last'].forEach((name, at) => say(`${name.padEnd(8)}quarter  ${middle[at]!.toFixed(0).padStart(5)} MiB, median of ${parts[at]!.length}`));
  const ratio = middle[3]! / middle[1]!;
  const peak = Math.max(...samples.map(({ rss }) => rss));
  say(`at most ${peak.toFixed(0)} MiB; ${dead} segments failed; judged ${judgedSeconds.toFixed(1)} s after the last segment`);
  const holds = ratio <= growth && dead === 0;
  say(holds ? 'It is flat.' : `It is not: the last quarter has ${ratio.toFixed(2)} times the memory of the second one, and may have ${growth}.`);
  say(JSON.stringify({ hours, quartersMiB: middle.map(Math.round), ratio: Number(ratio.toFixed(3)), peakMiB: Math.round(peak), failed: dead, judgedSeconds: Number(judgedSeconds.toFixed(1)) }));
  return holds;
}
