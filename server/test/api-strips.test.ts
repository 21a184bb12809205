import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Strip } from '@vigil/protocol';
import { AttemptStrips, stripFiles } from '@vigil/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { purge } from '../src/privacy/purge.js';
import { Attempts, Segments, segmentById } from '../src/store/index.js';
import { addStrip, call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
let headers: { cookie: string };
let strip: Strip;

beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'strips');
  headers = { cookie: await signIn(api, world) };
  strip = { version: 1, sha256: (await segmentById(world.segment))!.sha256, pictures: { width: 120, height: 90, timesMs: [0, 10_000] }, sound: { peaks: 'AP8=', speech: [[100, 400]] } };
});
afterAll(() => api.close());
beforeEach(() => addStrip(api, world.attempt._id, world.segment, strip));

const get = (path: string, more: Record<string, string> = {}): Promise<Response> => call(api, 'GET', path, { headers: { ...headers, ...more } });
const list = async (): Promise<AttemptStrips> => AttemptStrips.parse(await (await get(`/api/attempts/${world.attempt._id}/strips`)).json());
const pictures = (more?: Record<string, string>): Promise<Response> => get(`/api/segments/${world.segment}/strip`, more);

describe('the strips of an attempt', () => {
  test('are listed, and their thumbnails sent, once: nobody keeps a copy', async () => {
    expect(await list()).toEqual({ segments: [{ id: world.segment, pictures: strip.pictures, sound: strip.sound }] });
    const answer = await pictures();
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([200, 'image/jpeg', 'no-store']);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array([0xff, 0xd8, 0xff, 0xd9]));
    expect((await pictures({ 'if-none-match': answer.headers.get('etag')!, 'cache-control': 'max-age=0' })).status).toBe(304);
  });

  test('that are not there, not whole, or of another file are left out, without an error', async () => {
    const files = stripFiles(world.segment);
    const path = join(api.data, 'measurements', world.attempt._id, files.strip);
    for (const spoil of [() => rm(path), () => writeFile(path, '{"version": 1'), () => addStrip(api, world.attempt._id, world.segment, { ...strip, sha256: '0'.repeat(64) })]) {
      await spoil();
      expect(await list()).toEqual({ segments: [] });
      expect((await pictures()).status).toBe(404);
      await addStrip(api, world.attempt._id, world.segment, strip);
      expect((await list()).segments).toHaveLength(1);
    }
  });

  test('of sound alone have no thumbnails', async () => {
    await addStrip(api, world.attempt._id, world.segment, { version: 1, sha256: strip.sha256, sound: { peaks: '', speech: [] } });
    expect(await list()).toEqual({ segments: [{ id: world.segment, sound: { peaks: '', speech: [] } }] });
    expect((await pictures()).status).toBe(404);
  });

  test('say nothing of speech where that is not looked for', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { $set: { accommodations: { off: ['speech'], without: [], extraMinutes: 0 } } });
    try {
      expect(await list()).toEqual({ segments: [{ id: world.segment, pictures: strip.pictures, sound: { peaks: 'AP8=' } }] });
    } finally {
      await Attempts.updateOne({ _id: world.attempt._id }, { $unset: { accommodations: 1 } });
    }
  });

  test('of a practice are nobody’s to see', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { $set: { practice: { of: world.attempt._id, deleteAt: new Date(api.clock.now + 1_000) } } });
    try {
      expect([(await get(`/api/attempts/${world.attempt._id}/strips`)).status, (await pictures()).status]).toEqual([404, 404]);
    } finally {
      await Attempts.updateOne({ _id: world.attempt._id }, { $unset: { practice: 1 } });
    }
  });

  test('go with all else of the attempt', async () => {
    const other = await makeWorld(api, 'purged');
    const cookie = await signIn(api, other);
    const there = async (): Promise<number> => (await call(api, 'GET', `/api/segments/${other.segment}/strip`, { headers: { cookie } })).status;
    expect(await there()).toBe(200);
    const document = await segmentById(other.segment);
    await purge(other.attempt._id, api.data);
    // Also where the index is rebuilt.
    await Segments.create(document!);
    expect(await there()).toBe(404);
  });
});
