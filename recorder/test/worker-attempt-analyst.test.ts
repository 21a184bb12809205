import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { z } from 'zod';
import { Strip, stripFiles, type FindingKind, type SegmentDocument, type Track } from '@vigil/protocol';
import { AttemptAnalyst } from '../src/worker/attempt-analyst.js';
import type { Detectors } from '../src/worker/detectors/all.js';
import { frameDetector } from '../src/worker/detectors/detector.js';
import { stretchesOf } from '../src/worker/detectors/stretches.js';
import type { Measured } from '../src/worker/measure.js';
import { MeasurementStore } from '../src/worker/queue/measurement-store.js';
import { makeClip } from './worker-clips.js';
import { epoch, placeSegment, segmentDocument } from './worker-segments.js';

const attempt = 'a'.repeat(24);
const exam = 'e'.repeat(24);
let client: MongoClient;
let db: Db;
let data: string;
let measurements: MeasurementStore;
let baseline: string;

/** As the words of a screen are kept. */
const sample = { text: 'Question 4', sinceMs: 0 };
/** Whatever it measured is of its kind. */
const detector = (name: string, track: Track, kind: FindingKind, reads?: true) =>
  frameDetector({
    stamp: { name, version: '1', model: 'none', thresholds: {} },
    track,
    ...(reads && { reads }),
    sample: z.unknown(),
    look: () => () => sample,
    judge: (samples) => stretchesOf(kind, samples, () => 1),
  });
const all = [detector('identity', 'webcam', 'other-person'), detector('objects', 'webcam', 'phone'), detector('screen-words', 'screen', 'screen-words', true), detector('screen-black', 'screen', 'screen-black')];
const analystWith = (detectors: readonly (typeof all)[number][] = all): AttemptAnalyst =>
  new AttemptAnalyst({
    db,
    folder: join(data, 'segments'),
    measurements,
    events: { of: () => Promise.resolve([]) },
    detectors: { all: detectors, findFaces: () => Promise.resolve({ sure: [], nearest: 0 }), findSpeech: () => Promise.resolve(new Float32Array(40).fill(0.9)) } as unknown as Detectors,
    onlooker: { baselineOf: () => Promise.resolve({ version: baseline, faces: [] }), baselineVersionOf: () => Promise.resolve(baseline) },
  });

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-analyst-'));
  client = await MongoClient.connect(process.env.MONGODB_URI ?? '');
  db = client.db('vigil-worker-attempt-analyst');
  measurements = new MeasurementStore(join(data, 'measurements'));
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await rm(data, { recursive: true, force: true });
});

const ordinary = { webcam: true, microphone: true, screen: 'monitor', identity: true };
const rule = (rules: object) => db.collection<{ _id: string; rules: object }>('exams').updateOne({ _id: exam }, { $set: { rules: { ...ordinary, ...rules } } }, { upsert: true });
beforeEach(async () => {
  for (const name of ['attempts', 'exams', 'segments']) await db.collection(name).deleteMany({});
  await rm(join(data, 'measurements'), { recursive: true, force: true });
  baseline = 'first';
  await rule({});
  await db.collection<{ _id: string; exam: string; onboarding: string }>('attempts').insertOne({ _id: attempt, exam, onboarding: 'o'.repeat(24) });
});

const segments = () => db.collection<SegmentDocument>('segments');
/** A segment that is measured. */
async function put(track: Track, more: Partial<Measured> = {}): Promise<SegmentDocument> {
  const document = segmentDocument({ attempt, sequence: 0, track }, 0, { analysis: { state: 'done', tries: 1, availableAt: new Date(0), doneAt: new Date(0) } });
  await segments().insertOne(document);
  await measure(document, more);
  return document;
}
const measure = (document: SegmentDocument, more: Partial<Measured> = {}) => {
  const made = all.filter(({ track }) => track === document.track).map(({ stamp }) => ({ stamp, samples: [[0, 10_000, sample]] as [number, number, unknown][] }));
  return measurements.write(document, { version: 1, sha256: document.sha256, baseline, detectors: made, ...more }, 'test');
};
const kinds = async (analyst = analystWith()): Promise<string[] | undefined> => (await analyst.judge(attempt))?.judged.map(({ kind }) => kind).sort();
const state = async ({ _id }: SegmentDocument) => (await segments().findOne({ _id }))?.analysis.state;

describe('measurements that are not as is asked for now', () => {
  it('with another baseline lose what was compared, nothing else, and are made again', async () => {
    const webcam = await put('webcam');
    expect(await kinds()).toEqual(['other-person', 'phone']);
    expect(await state(webcam)).toBe('done');
    baseline = 'second';
    for (let i = 0; i < 2; i++) {
      expect(await kinds()).toEqual(['phone']);
      expect(await state(webcam)).toBe('pending');
    }
    await measure(webcam);
    expect(await kinds()).toEqual(['other-person', 'phone']);
  });

  it('by another version hold everything that was found until they are made again, or given up', async () => {
    const webcam = await put('webcam');
    const screen = await put('screen');
    const next = analystWith(all.map((one) => (one.stamp.name === 'objects' ? { ...one, stamp: { ...one.stamp, version: '2' } } : one)));
    for (let i = 0; i < 2; i++) {
      expect(await kinds(next)).toBeUndefined();
      expect([await state(webcam), await state(screen)]).toEqual(['pending', 'done']);
    }
    await segments().updateOne({ _id: webcam._id }, { $set: { 'analysis.state': 'dead' } });
    expect(await kinds(next)).toEqual(['screen-black', 'screen-words']);
  });

  it('that are gone, or of another file, hold it too; a segment that is new does not', async () => {
    const webcam = await put('webcam');
    await put('screen');
    await segments().updateOne({ _id: webcam._id }, { $set: { sha256: '1'.repeat(64), 'analysis.state': 'pending' }, $unset: { 'analysis.doneAt': '' } });
    expect(await kinds()).toBeUndefined();
    await rm(join(data, 'measurements', attempt, `${webcam._id}.json`));
    expect(await kinds()).toEqual(['screen-black', 'screen-words']);
    await segments().updateOne({ _id: webcam._id }, { $set: { 'analysis.state': 'done' } });
    for (let i = 0; i < 2; i++) {
      if (i) await segments().updateOne({ _id: webcam._id }, { $set: { 'analysis.doneAt': new Date(0) } });
      expect(await kinds()).toBeUndefined();
    }
  });
});

describe('the words on a screen', () => {
  it('are not measured where the rules do not ask for them, and are once they do', async () => {
    await rule({ off: ['screen-words'] });
    const clip = await makeClip(data, 'screen', { scenes: [['nobody', 2]] });
    const document = await placeSegment(join(data, 'segments'), clip, { attempt, sequence: 0, track: 'screen' });
    await segments().insertOne({ ...document, analysis: { ...document.analysis, state: 'done' } });
    const analyst = analystWith();
    const measured = await analyst.measure(document);
    expect(measured.detectors.map(({ stamp }) => stamp.name)).toEqual(['screen-black']);
    await measurements.write(document, measured, 'test');
    await analyst.judge(attempt);
    expect(await state(document)).toBe('done');
    await rule({});
    expect(await analyst.judge(attempt)).toBeDefined();
    expect(await state(document)).toBe('pending');
    expect((await analyst.measure(document)).detectors.map(({ stamp }) => stamp.name)).toEqual(['screen-words', 'screen-black']);
  });
});

it('a segment’s strip is made of the same frames and sound, and kept beside what was measured', async () => {
  const clip = await makeClip(data, 'glance', { scenes: [['one', 6], ['black', 6]], sound: ['-f', 'lavfi', '-i', 'sine=frequency=300:duration=12'] });
  const document = await placeSegment(join(data, 'segments'), clip, { attempt, sequence: 0 });
  const measured = await analystWith().measure(document);
  const { strip: made, ...own } = measured;
  // Again, as after a crash: it is the same.
  for (let i = 0; i < 2; i++) await measurements.write(document, i ? await analystWith().measure(document) : measured, 'test');
  expect(await measurements.read(document)).toEqual(own);
  const file = (name: string) => readFile(join(data, 'measurements', attempt, name));
  const files = stripFiles(document._id);
  const strip = Strip.parse(JSON.parse((await file(files.strip)).toString()));
  expect(strip).toEqual(made!.strip);
  expect(strip).toMatchObject({ sha256: document.sha256, pictures: { width: 120, height: 90, timesMs: [expect.closeTo(0, -2), expect.closeTo(10_000, -2)] }, sound: { speech: [[0, 1_280]] } });
  const peaks = Buffer.from(strip.sound!.peaks, 'base64');
  expect(peaks.length).toBeGreaterThanOrEqual(60);
  // ffmpeg's tone is at an eighth of full loudness.
  expect(Math.abs(peaks[30]! - 255 * Math.sqrt(1 / 8))).toBeLessThan(12);
  const { data: pixels, info } = await sharp(await file(files.pictures)).greyscale().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([120, 180]);
  expect(pixels[45 * 120 + 10]).toBeGreaterThan(120);
  expect(pixels[135 * 120 + 10]).toBeLessThan(30);
});

it('another face before the exam is found, however long one must be there during it', async () => {
  await rule({ minimumSeconds: { 'other-person': 90 } });
  await db.collection('attempts').updateOne({}, { $set: { freshLook: { outcome: 'unlike', distance: 0.7 }, startedAt: new Date(epoch) } });
  expect((await analystWith().judge(attempt))?.judged).toMatchObject([{ kind: 'other-person', startMs: epoch, endMs: epoch + 90_000, confidence: 0.7 }]);
});
