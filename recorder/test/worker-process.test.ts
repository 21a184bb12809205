import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MongoClient, type Collection } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Finding, type AnalysisState, type AttemptAnalysis, type SegmentDocument } from '@vigil/protocol';
import { AttemptAnalyst } from '../src/worker/attempt-analyst.js';
import { loadDetectors, type Detectors } from '../src/worker/detectors/all.js';
import { judge } from '../src/worker/judge.js';
import type { Measured } from '../src/worker/measure.js';
import { findingsOf } from '../src/worker/queue/finding-store.js';
import { segmentFile } from '../src/capture/segment-path.js';
import { makeClip, speak } from './worker-clips.js';
import { placeSegment } from './worker-segments.js';

const entry = fileURLToPath(new URL('../dist/worker/main.js', import.meta.url));
const uri = new URL(process.env.MONGODB_URI ?? 'mongodb://missing');
uri.pathname = '/vigil-worker-process';

let data: string;
let clips: string[];
/** Long enough to be stopped in the middle. */
let long: string;
let client: MongoClient;
let segments: Collection<SegmentDocument>;
let findings: Collection<Finding>;
/** The segments of a test, and what is measured in each when nothing disturbs. */
let documents: SegmentDocument[];
let measured: Map<string, Measured>;
let detectors: Detectors;
let attempts: Collection<AttemptAnalysis>;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-worker-'));
  const wav = await speak(data, 'Could you tell me the answer, please?');
  clips = [
    await makeClip(data, 'a', { scenes: [['one', 2], ['nobody', 3], ['two', 2], ['black', 2]] }),
    await makeClip(data, 'b', { scenes: [['nobody', 7]], sound: ['-i', wav] }),
  ];
  long = await makeClip(data, 'long', { scenes: [['nobody', 90]], rate: 4 });
  client = await MongoClient.connect(uri.href);
  segments = client.db().collection('segments');
  findings = client.db().collection('findings');
  attempts = client.db().collection('attemptAnalyses');
  const folder = join(data, 'segments');
  documents = [];
  for (let sequence = 0; sequence < 4; sequence++)
    documents.push(await placeSegment(folder, clips[sequence % 2]!, { attempt: String(sequence % 3).padStart(24, 'a'), sequence }));
  detectors = await loadDetectors();
  const unknown = { baselineOf: () => Promise.resolve(undefined), baselineVersionOf: () => Promise.resolve(undefined) };
  const analyst = new AttemptAnalyst({ db: client.db(), folder, measurements: { read: () => Promise.resolve(undefined) }, events: { of: () => Promise.resolve([]) }, detectors, onlooker: unknown });
  measured = new Map();
  for (const document of documents) measured.set(document._id, await analyst.measure(document));
});
afterAll(async () => {
  await client.db().dropDatabase();
  await client.close();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  await segments.deleteMany({});
  await findings.deleteMany({});
  await attempts.deleteMany({});
  for (const folder of ['evidence', 'measurements']) await rm(join(data, folder), { recursive: true, force: true });
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
});

function start(environment: Record<string, string> = {}): ChildProcess & { said: () => string } {
  let said = '';
  const child = fork(entry, {
    silent: true,
    env: { PATH: process.env.PATH ?? '', MONGODB_URI: uri.href, VIGIL_DATA: data, VIGIL_LEASE_SECONDS: '1', ...environment },
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  for (const output of [child.stdout, child.stderr]) output?.on('data', (text: Buffer) => (said += text.toString()));
  return Object.assign(child, { said: () => said });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Waits until the database, or the worker's log, says so. */
const until = (condition: () => void | Promise<void>) => vi.waitFor(condition, { timeout: 120_000, interval: 20 });
const count = (state: AnalysisState) => segments.countDocuments({ 'analysis.state': state });
const allDone = (of = documents) =>
  until(async () => {
    expect(await count('done')).toBe(of.length);
    expect(await attempts.countDocuments({ open: false })).toBe(new Set(of.map(({ attempt }) => attempt)).size);
    expect(await attempts.countDocuments({ open: true })).toBe(0);
  });

/** What one undisturbed analysis gives. */
const expectedOf = (of: readonly SegmentDocument[]): Finding[] =>
  [...new Set(of.map(({ attempt }) => attempt))].flatMap((attempt) => {
    const own = of.filter((document) => document.attempt === attempt);
    return findingsOf(attempt, judge(own.map(({ _id, track, startMs }) => ({ track, startMs, measured: measured.get(_id)! })), detectors));
  });

/** The result is that of one undisturbed analysis, and everything that it names is there, and nothing else. */
async function expectResult(of = documents): Promise<void> {
  const byId = (a: Finding, b: Finding) => a._id.localeCompare(b._id);
  const stored = (await findings.find().toArray()).sort(byId);
  expect(stored).toEqual(expectedOf(of).sort(byId));
  for (const finding of stored) expect(Finding.safeParse(finding).error).toBeUndefined();
  const files = await readdir(join(data, 'evidence'), { recursive: true });
  const whole = files.filter((file) => /\.(jpg|png)$/.test(file));
  expect(whole.sort()).toEqual(stored.map(({ evidence }) => evidence.file).sort());
  // Nobody but the owner can look at it.
  for (const file of ['.', ...files]) {
    const made = await stat(join(data, 'evidence', file));
    expect(made.mode & 0o777, file).toBe(made.isDirectory() ? 0o700 : 0o600);
  }
}

describe('a recorder worker', { timeout: 180_000 }, () => {
  it('finds what there is to be found in these segments', () => {
    expect(expectedOf(documents).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['face-absent', 'faces-several', 'camera-black', 'speech']));
  });

  it('shares a queue with another, and each segment is analysed once', async () => {
    const workers = [start({ VIGIL_LEASE_SECONDS: '60' }), start({ VIGIL_LEASE_SECONDS: '60' })];
    // The supervisor takes an end after this for a mishap.
    expect(await Promise.all(workers.map((worker) => once(worker, 'message')))).toEqual(Array(2).fill([{ type: 'ready' }, undefined]));
    await segments.insertMany(documents);
    await allDone();
    expect(await segments.distinct('analysis.tries')).toEqual([1]);
    await expectResult();
  });

  it('is killed at any moment, and another makes the same result', async () => {
    await segments.insertMany(documents);
    for (let victim = 0; victim < 4; victim++) {
      const worker = start();
      const leases = await segments.distinct('analysis.lease');
      await until(async () => expect(await segments.countDocuments({ 'analysis.state': 'leased', 'analysis.lease': { $nin: leases } })).toBeGreaterThan(0));
      // Not to wait for something: to strike at different moments, of decoding, storing, and between two segments.
      await after(victim * 150);
      await kill(worker);
    }
    start();
    await allDone();
    await expectResult();
  });

  it('removes what an earlier analysis left, with its evidence', async () => {
    const first = documents.slice(0, 1);
    const stale: Finding = { ...expectedOf(first)[0]!, _id: `${first[0]!.attempt}-face-absent-9`, evidence: { type: 'frame', file: `${first[0]!.attempt}/old.jpg` } };
    await mkdir(join(data, 'evidence', first[0]!.attempt), { recursive: true, mode: 0o700 });
    await writeFile(join(data, 'evidence', stale.evidence.file), 'old', { mode: 0o600 });
    await findings.insertOne(stale);
    await segments.insertMany(first);
    start();
    await allDone(first);
    await expectResult(first);
  });

  it.each([
    ['told to', (worker: ChildProcess) => void worker.kill('SIGTERM')],
    ['left alone by its starter', (worker: ChildProcess) => worker.disconnect()],
  ])('stops within seconds when %s, and gives its segment back', async (_, stop) => {
    const document = await placeSegment(join(data, 'segments'), long, { attempt: 'f'.repeat(24), sequence: 0 });
    const worker = start({ VIGIL_LEASE_SECONDS: '60' });
    await segments.insertOne(document);
    await until(async () => expect(await count('leased')).toBe(1));
    const begun = performance.now();
    const gone = once(worker, 'exit');
    stop(worker);
    expect(await gone).toEqual([0, null]);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect((await segments.findOne({ _id: document._id }))!.analysis).toMatchObject({ state: 'pending', tries: 0 });
    expect(await findings.countDocuments()).toBe(0);
  });

  it('notes why a segment cannot be analysed, and goes on with the others', async () => {
    const broken = await placeSegment(join(data, 'segments'), clips[0]!, { attempt: 'b'.repeat(24), sequence: 0 });
    await writeFile(segmentFile(join(data, 'segments'), broken), 'no film');
    const good = documents.slice(0, 1);
    await segments.insertMany([broken, ...good]);
    start();
    await allDone(good);
    await until(async () => expect((await segments.findOne({ _id: broken._id }))!.analysis.error).toBeDefined());
    const { state, error, availableAt } = (await segments.findOne({ _id: broken._id }))!.analysis;
    expect(state).toBe('pending');
    expect(error).toMatch(/^ffmpeg could not decode the file: /);
    expect(error).not.toContain(data);
    expect(availableAt.getTime()).toBeGreaterThan(0);
    await expectResult(good);
  });

  it('waits while the database is away, and goes on', async () => {
    const gate = await gateTo(uri);
    try {
      const through = new URL(uri);
      through.host = `127.0.0.1:${gate.port}`;
      through.searchParams.set('directConnection', 'true');
      gate.shut();
      const worker = start({ MONGODB_URI: through.href });
      await until(() => expect(worker.said()).toContain('does not answer'));
      await segments.insertMany(documents);
      await gate.open();
      await until(async () => expect(await count('done'), worker.said()).toBeGreaterThan(1));
      gate.shut();
      await until(() => expect(worker.said().split('does not answer').length).toBeGreaterThan(2));
      await gate.open();
      await allDone();
      expect(worker.exitCode).toBeNull();
      await expectResult();
    } finally {
      gate.shut();
    }
  });

  it.each([
    ['ffmpeg is missing', { PATH: '/nowhere' }, /^ffmpeg cannot be started\. Install it/],
    ['no database is named', { MONGODB_URI: '' }, /^MONGODB_URI is not set/],
    ['the database’s name is no address', { MONGODB_URI: 'localhost' }, /^MONGODB_URI/],
    ['a setting is wrong', { VIGIL_LEASE_SECONDS: 'soon' }, /VIGIL_LEASE_SECONDS must be a number .* not “soon”/],
  ])('says in a sentence that %s, and ends with code 2', async (_, environment, sentence) => {
    const worker = start(environment);
    expect(await once(worker, 'close')).toEqual([2, null]);
    expect(worker.said()).toMatch(sentence);
    expect(worker.said()).not.toMatch(/\n\s+at /);
  });
});

/** A way to the database that can be shut. */
async function gateTo({ hostname, port }: URL) {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    return socket;
  };
  let server = createServer();
  const listen = async (at: number) => {
    server = createServer((socket) => {
      const onward = track(connect(Number(port), hostname));
      track(socket).pipe(onward).pipe(socket);
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
    });
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const chosen = await listen(0);
  return {
    port: chosen,
    open: () => listen(chosen),
    shut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
