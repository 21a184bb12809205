import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { dirname, join } from 'node:path';
import type { AttemptTimeline, CoverageAnswer, PieceHeader, PieceRecord, Sidecar, Source, StudentAttempt } from '@vigil/protocol';
import { RecordKind } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sealPiece } from '../../recorder/src/backfill/testing/seal.js';
import { opusClip, videoClip } from '../../recorder/src/capture/testing/clips.js';
import { ringKeyOf } from '../src/backfill/ring-key.js';
import { Attempts, Segments, attemptById, indexSegment } from '../src/store/index.js';
import { call, makeWorld, secret, sidecarOf, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';

let api: Api;
let world: World;
let startMs = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Ten seconds of pictures and sound, as the browser seals them. */
const pictures = videoClip({ codec: 'vp8', seconds: 10, fps: 5, size: '320x240', keyEvery: 50 });
const sounds = opusClip(10);
const records: PieceRecord[] = [
  ...pictures.map(({ ticks, data }, index) => ({ kind: index === 0 ? RecordKind.key : RecordKind.delta, timeMs: ticks / 90, data })),
  ...sounds.map(({ ticks, data }) => ({ kind: RecordKind.sound, timeMs: ticks / 48, data })),
].sort((a, b) => a.timeMs - b.timeMs);

interface PieceAt {
  name: string;
  bytes: Buffer;
}
function pieceAt(atMs: number, { attempt = world.attempt._id, content = records, header = {} }: { attempt?: string; content?: PieceRecord[]; header?: Partial<PieceHeader> } = {}): PieceAt {
  const name = `webcam-${atMs}-0a1b2c3d`;
  const whole: PieceHeader = { version: 1, track: 'webcam', startMs: atMs, clockErrorMs: 8, video: { codec: 'vp8', width: 320, height: 240 }, ...header };
  return { name, bytes: sealPiece(ringKeyOf(secret, attempt), attempt, name, whole, [content]) };
}

const auth = (of = world): Record<string, string> => ({ authorization: `Bearer ${of.token}`, 'tus-resumable': '1.0.0', origin: api.url });
const create = (piece: PieceAt, headers: Record<string, string> = auth(), body?: Buffer): Promise<Response> =>
  fetch(`${api.url}/api/student/backfill`, {
    method: 'POST',
    headers: {
      ...headers,
      'upload-length': String(piece.bytes.length),
      'upload-metadata': `piece ${Buffer.from(piece.name).toString('base64')}`,
      ...(body && { 'content-type': 'application/offset+octet-stream' }),
    },
    ...(body && { body: new Uint8Array(body) }),
  });
const patch = (location: string, offset: number, body: Buffer, headers = auth()): Promise<Response> =>
  fetch(new URL(location, api.url), {
    method: 'PATCH',
    headers: { ...headers, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(body),
  });
/** Sends a piece whole. @returns its outcome, or the reason of the refusal. */
async function send(piece: PieceAt): Promise<string> {
  const answer = await create(piece, auth(), piece.bytes);
  if (answer.ok) return answer.headers.get('vigil-piece') ?? 'nothing';
  return ((await answer.json()) as { reason: string }).reason;
}
const toldComplete = async (): Promise<boolean> =>
  ((await (await call(api, 'GET', '/api/student/attempt', { headers: auth() })).json()) as StudentAttempt).complete;
const coverage = async (): Promise<CoverageAnswer> => (await (await call(api, 'GET', '/api/student/coverage', { headers: auth() })).json()) as CoverageAnswer;
const missing = async (of: Source = 'webcam'): Promise<[number, number][]> =>
  (await coverage()).tracks.flatMap((track) => track.missing).filter(({ source }) => source === of).map((hole) => [hole.startMs - startMs, hole.endMs - startMs]);

async function live(sequence: number, fromMs: number, extra: Partial<Sidecar> = {}): Promise<void> {
  const media = Buffer.from(`segment ${sequence}`);
  const sidecar = { ...sidecarOf(world.attempt._id, sequence, media, startMs + fromMs), ...extra };
  const file = segmentFile(join(api.data, 'segments'), sidecar);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, media);
  await indexSegment(sidecar, api.clock.now);
}

beforeEach(async () => {
  world = await makeWorld(api, `backfill-${Math.random()}`);
  await Segments.deleteMany({ attempt: world.attempt._id });
  startMs = api.clock.now - 60_000;
  const sources = (['webcam', 'microphone', 'screen'] as const).map((source) => ({ atMs: startMs, kind: 'source-on' as const, source }));
  await Attempts.updateOne(
    { _id: world.attempt._id },
    { progress: 'submitted', startedAt: new Date(startMs), finishedAt: new Date(startMs + 30_000), $push: { history: { $each: sources } } },
  );
  // Recorded from 0 to 10 s, and from 20 to 30 s.
  await live(1, 0);
  await live(2, 20_000);
  await live(3, 0, { track: 'screen', durationMs: 30_000 });
});

describe('coverage', () => {
  test('says what segments do not hold, and what they say is missing inside', async () => {
    expect(await missing()).toEqual([[10_000, 20_000]]);
    await live(2, 20_000, { sha256: 'f'.repeat(64), gaps: [{ source: 'webcam', startMs: startMs + 24_000, endMs: startMs + 26_000, cause: 'packet-loss' }] });
    expect(await missing()).toEqual([[10_000, 20_000], [24_000, 26_000]]);
    expect(await missing('microphone')).toEqual([[10_000, 20_000]]);
  });

  test('while it is recorded, does not count what may be in the segment that is being written', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { progress: 'recording', $unset: { finishedAt: 1 } });
    const webcam = (await coverage()).tracks[0]!;
    expect(webcam.settledToMs - startMs).toBe(30_000);
    expect(webcam.missing.map(({ source }) => source)).toEqual(['webcam', 'microphone']);
    api.clock.now += 60_000;
    const later = (await coverage()).tracks[0]!;
    // 20 s of a segment and half as much, and 15 s to close it.
    expect(later.settledToMs).toBe(api.clock.now - 45_000);
    expect(later.missing.at(-1)).toEqual({ source: 'microphone', startMs: startMs + 30_000, endMs: later.settledToMs });
  });

  test('is empty before the start', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { progress: 'ready', $unset: { startedAt: 1, finishedAt: 1 } });
    expect(await coverage()).toMatchObject({ open: false, tracks: [] });
  });
});

describe('a piece', () => {
  test('fills what is missing, is marked in the timeline, and changes nothing the second time', async () => {
    const piece = pieceAt(startMs + 10_000);
    expect(await send(piece)).toBe('stored');
    expect(await missing()).toEqual([]);
    const cookie = await signIn(api, world);
    const timeline = (await (await call(api, 'GET', `/api/attempts/${world.attempt._id}`, { headers: { cookie } })).json()) as AttemptTimeline;
    const webcam = timeline.tracks.find(({ track }) => track === 'webcam')!;
    expect(webcam.segments.map(({ backfill, startMs: at }) => [backfill, Math.round((at - startMs) / 1_000)])).toEqual([[false, 0], [true, 10], [false, 20]]);
    expect(webcam.gaps).toEqual([]);
    const before = await Segments.countDocuments({ attempt: world.attempt._id });
    expect(await send(piece)).toBe('covered');
    expect(await Segments.countDocuments({ attempt: world.attempt._id })).toBe(before);
    expect((await readdir(join(api.data, 'uploads'))).filter((name) => name.startsWith(world.attempt._id))).toEqual([]);
  });

  test('twice at the same moment is stored once', async () => {
    const outcomes = await Promise.all([send(pieceAt(startMs + 10_000)), send(pieceAt(startMs + 10_000))]);
    expect(outcomes.sort()).toEqual(['covered', 'stored']);
  });

  test('is cut to the hole, and its file holds no more', async () => {
    expect(await send(pieceAt(startMs + 14_000))).toBe('stored');
    const stored = await Segments.findOne({ attempt: world.attempt._id, closedBy: 'backfill' }).lean();
    expect(stored).toMatchObject({ startMs: startMs + 14_000, durationMs: 6_000, backfill: { clockErrorMs: 8 } });
    const file = await readFile(segmentFile(join(api.data, 'segments'), stored as Sidecar));
    expect(createHash('sha256').update(file).digest('hex')).toBe(stored!.sha256);
    expect(await missing()).toEqual([[10_000, 14_000]]);
  });

  test('is taken up again where it stopped, with another request', async () => {
    const piece = pieceAt(startMs + 10_000);
    const location = (await create(piece)).headers.get('location')!;
    const half = Math.floor(piece.bytes.length / 2);
    expect((await patch(location, 0, piece.bytes.subarray(0, half))).status).toBe(204);
    const head = await fetch(new URL(location, api.url), { method: 'HEAD', headers: auth() });
    expect(head.headers.get('upload-offset')).toBe(String(half));
    const answer = await patch(location, half, piece.bytes.subarray(half));
    expect([answer.status, answer.headers.get('vigil-piece')]).toEqual([204, 'stored']);
    // The browser that did not hear this answer asks again, and begins anew.
    expect((await fetch(new URL(location, api.url), { method: 'HEAD', headers: auth() })).status).toBe(404);
  });

  test('that ends where segments are still being written is sent later', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { progress: 'recording', $unset: { finishedAt: 1 } });
    expect(await send(pieceAt(startMs + 25_000))).toBe('wrongState');
  });

  test('leaves nothing of what is not recorded of this student', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { accommodations: { off: [], without: ['webcam'], extraMinutes: 0 } });
    expect(await missing()).toEqual([]);
    expect(await missing('microphone')).toEqual([[10_000, 20_000]]);
    expect(await send(pieceAt(startMs + 10_000))).toBe('stored');
    const later = (await Segments.find({ attempt: world.attempt._id }).lean().exec()).filter(({ closedBy }) => closedBy === 'backfill');
    expect(later.map(({ video, audio }) => [video, audio?.frames])).toEqual([[undefined, 500]]);
  });

  // The browser's own verdict on these two is in coverage.test.ts: 'send' and 'delete'.
  test('across the end of the attempt is taken and cut there, and one behind it changes nothing', async () => {
    await Segments.deleteMany({ attempt: world.attempt._id, startMs: startMs + 20_000 });
    expect(await send(pieceAt(startMs + 25_000))).toBe('stored');
    expect(await missing()).toEqual([[10_000, 25_000]]);
    expect(await send(pieceAt(startMs + 35_000))).toBe('covered');
  });

  test('is not taken after the deadline, before the start, or of a purged attempt', async () => {
    const piece = pieceAt(startMs + 10_000);
    await Attempts.updateOne({ _id: world.attempt._id }, { evidence: 'purged' });
    expect(await send(piece)).toBe('sendingClosed');
    await Attempts.updateOne({ _id: world.attempt._id }, { evidence: 'receiving' });
    api.clock.now += 73 * 3_600_000;
    expect(await send(piece)).toBe('sendingClosed');
    expect((await coverage()).open).toBe(false);
    api.clock.now -= 73 * 3_600_000;
    expect(await send(piece)).toBe('stored');
  });

  test('can be sent with a link that has expired since', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { linkExpiresAt: new Date(api.clock.now - 1_000) });
    expect(await send(pieceAt(startMs + 10_000))).toBe('stored');
    await Attempts.updateOne({ _id: world.attempt._id }, { finishedAt: new Date(startMs - 73 * 3_600_000) });
    expect(await send(pieceAt(startMs + 10_000))).toBe('linkExpired');
  });

  test('that is altered, cut, swapped, or another attempt’s is refused, and leaves nothing behind', async () => {
    const piece = pieceAt(startMs + 10_000);
    const other = await makeWorld(api, `other-${Math.random()}`);
    const foreign = pieceAt(startMs + 10_000, { attempt: other.attempt._id });
    const flipped = Buffer.from(piece.bytes);
    flipped[20]! ^= 1;
    const attacks: Record<string, PieceAt> = {
      flipped: { ...piece, bytes: flipped },
      foreign,
      renamed: { ...piece, name: `webcam-${startMs + 10_000}-ffffffff` },
      path: { ...piece, name: '../../../etc/passwd' },
      'no name': { ...piece, name: '' },
      'another track': { ...piece, name: piece.name.replace('webcam', 'screen') },
      noise: { ...piece, bytes: Buffer.alloc(5_000, 1) },
      'a container': { ...piece, bytes: Buffer.from('RIFF….WAVEfmt ') },
    };
    for (const [name, attack] of Object.entries(attacks)) expect([name, await send(attack)]).toEqual([name, 'pieceInvalid']);
    expect(await missing()).toEqual([[10_000, 20_000]]);
    expect((await readdir(join(api.data, 'uploads'))).filter((name) => name.startsWith(world.attempt._id))).toEqual([]);
  });

  test('is not opened any more after many that were refused, until an hour is over', async () => {
    const foreign = pieceAt(startMs + 10_000, { attempt: 'f'.repeat(24) });
    const outcomes: string[] = [];
    // Those that were let in already count as well.
    const waiting = (await create(foreign)).headers.get('location')!;
    for (let time = 0; time < 21; time += 1) outcomes.push(await send(foreign));
    expect([...new Set(outcomes.slice(0, 20)), outcomes[20]]).toEqual(['pieceInvalid', 'tooMany']);
    expect(await (await patch(waiting, 0, foreign.bytes)).json()).toMatchObject({ reason: 'tooMany' });
    expect(await send(pieceAt(startMs + 10_000))).toBe('tooMany');
    api.clock.now += 3_600_000;
    expect(await send(pieceAt(startMs + 10_000))).toBe('stored');
  });

  test('cut off in the middle by a crash counts as far as it is whole', async () => {
    const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => records.filter(({ timeMs }) => Math.floor(timeMs / 1_000) === second));
    const name = `webcam-${startMs + 10_000}-0a1b2c3d`;
    const header: PieceHeader = { version: 1, track: 'webcam', startMs: startMs + 10_000, clockErrorMs: 8, video: { codec: 'vp8', width: 320, height: 240 } };
    const whole = sealPiece(ringKeyOf(secret, world.attempt._id), world.attempt._id, name, header, seconds);
    expect(await send({ name, bytes: whole.subarray(0, whole.length - 10) })).toBe('stored');
    const [[fromMs, toMs]] = (await missing()) as [[number, number]];
    expect(toMs).toBe(20_000);
    expect(fromMs).toBeGreaterThan(18_500);
  });

  test('that has only what is there already is not stored, however often it comes', async () => {
    const lost = { source: 'microphone' as const, startMs: startMs + 20_000, endMs: startMs + 30_000, cause: 'unknown' as const };
    await live(2, 20_000, { sha256: 'f'.repeat(64), gaps: [lost] });
    const silent = records.filter(({ kind }) => kind !== RecordKind.sound);
    expect(await send(pieceAt(startMs + 20_000, { content: silent }))).toBe('covered');
    expect(await send(pieceAt(startMs + 10_000, { content: silent }))).toBe('stored');
    expect(await send(pieceAt(startMs + 10_000, { content: silent }))).toBe('covered');
    expect([await missing(), await missing('microphone')]).toEqual([[], [[10_000, 30_000]]]);
    const dark = records.filter(({ kind }) => kind === RecordKind.sound);
    expect(await send(pieceAt(startMs + 10_000, { content: dark }))).toBe('stored');
    expect(await send(pieceAt(startMs + 10_000, { content: dark }))).toBe('covered');
    // The last packet reaches 20 ms into the next part.
    expect(await missing('microphone')).toEqual([[20_020, 30_000]]);
    expect(await Segments.countDocuments({ attempt: world.attempt._id, closedBy: 'backfill' })).toBe(2);
  });

  test('fills no more than it shows', async () => {
    const alive = { kind: RecordKind.alive, timeMs: 10_000, data: new Uint8Array() };
    const brief = [...records.filter(({ timeMs }) => timeMs < 4_000), alive];
    expect(await send(pieceAt(startMs + 10_000, { content: brief }))).toBe('stored');
    expect([await missing(), await missing('microphone')].map(([hole]) => Math.round(hole![0] / 1_000))).toEqual([14, 14]);
    expect(await send(pieceAt(startMs + 10_000, { content: brief }))).toBe('empty');
  });

  test('is not asked for, and fills nothing, where the microphone was switched off', async () => {
    const muted = { source: 'microphone' as const, startMs: startMs + 20_000, endMs: startMs + 30_000, cause: 'muted' as const };
    await live(2, 20_000, { sha256: 'f'.repeat(64), gaps: [muted] });
    expect(await missing('microphone')).toEqual([[10_000, 20_000]]);
    expect(await send(pieceAt(startMs + 20_000))).toBe('covered');
  });

  test('is to be kept for later when the disk is full while it comes', async () => {
    const piece = pieceAt(startMs + 10_000);
    const location = (await create(piece)).headers.get('location')!;
    const file = join(api.data, 'uploads', location.split('/').at(-1)!);
    await rm(file);
    await symlink('/dev/full', file);
    api.logged.length = 0;
    const answer = await patch(location, 0, piece.bytes);
    expect([answer.status, await answer.json()]).toEqual([507, expect.objectContaining({ reason: 'diskFull' })]);
    expect(api.logged.filter((line) => line.includes('upload failed'))).toHaveLength(1);
  });

  test('that its page stops to send is nothing for the log', async () => {
    const piece = pieceAt(startMs + 10_000);
    const location = (await create(piece)).headers.get('location')!;
    const file = join(api.data, 'uploads', location.split('/').at(-1)!);
    api.logged.length = 0;
    const request = httpRequest(new URL(location, api.url), {
      method: 'PATCH',
      headers: { ...auth(), 'upload-offset': '0', 'content-type': 'application/offset+octet-stream', 'content-length': piece.bytes.length },
    });
    request.on('error', () => undefined);
    request.write(piece.bytes.subarray(0, 1_000));
    await vi.waitFor(async () => expect((await stat(file)).size).toBe(1_000));
    request.destroy();
    await vi.waitFor(() => expect(api.logged.join()).toContain('answer cut short'));
    expect((await patch(location, 1_000, piece.bytes.subarray(1_000))).headers.get('vigil-piece')).toBe('stored');
    expect(api.logged.filter((line) => line.includes('upload failed'))).toEqual([]);
  });

  test('is not told to be kept for later when the disk is well and something else is wrong', async () => {
    const folder = join(api.data, 'segments', world.attempt._id);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'not a folder');
    api.logged.length = 0;
    expect(await send(pieceAt(startMs + 10_000))).toBe('internal');
    expect(api.logged.filter((line) => line.includes('upload failed') && line.includes('ENOTDIR'))).toHaveLength(1);
  });

  test('without anything that can be shown is empty', async () => {
    expect(await send(pieceAt(startMs + 10_000, { content: [] }))).toBe('empty');
    expect(await send(pieceAt(startMs + 10_000, { content: records.filter(({ kind }) => kind === RecordKind.delta) }))).toBe('empty');
    const noise = records.map((record) => (record.kind === RecordKind.key ? { ...record, data: new Uint8Array(500).fill(0x5a) } : record));
    expect(await send(pieceAt(startMs + 10_000, { content: noise.filter(({ kind }) => kind !== RecordKind.sound) }))).toBe('empty');
    expect(await missing()).toEqual([[10_000, 20_000]]);
  });

  test('too large, or more than an attempt can have, is refused before it is sent', async () => {
    const huge = { ...pieceAt(startMs + 10_000), bytes: Buffer.alloc(17_000_000) };
    expect((await create(huge)).status).toBe(413);
    await live(7, 0, { closedBy: 'backfill', backfill: { piece: `webcam-${startMs}-0a1b2c3d`, clockErrorMs: 0 }, bytes: 22_000_000 });
    expect(await send(pieceAt(startMs + 10_000))).toBe('tooMany');
  });

  test('cannot be read or written on by another student', async () => {
    const other = await makeWorld(api, `reader-${Math.random()}`);
    await Attempts.updateOne({ _id: other.attempt._id }, { progress: 'recording', startedAt: new Date(startMs) });
    const piece = pieceAt(startMs + 10_000);
    const location = (await create(piece)).headers.get('location')!;
    expect((await fetch(new URL(location, api.url), { method: 'HEAD', headers: auth(other) })).status).toBe(404);
    expect((await patch(location, 0, piece.bytes, auth(other))).status).toBe(404);
    const around = location.replace(/[^/]+$/, (id) => `${other.attempt._id}-0%2F..%2F${id}`);
    expect((await fetch(new URL(around, api.url), { method: 'HEAD', headers: auth(other) })).status).toBe(404);
    expect((await patch(around, 0, piece.bytes, auth(other))).status).toBe(404);
    expect((await patch(location, 0, piece.bytes)).headers.get('vigil-piece')).toBe('stored');
  });

  test('left unfinished again and again takes no more room than some', async () => {
    for (let i = 0; i < 12; i += 1) expect((await create(pieceAt(startMs + 10_000))).status).toBe(201);
    const left = (await readdir(join(api.data, 'uploads'))).filter((name) => name.startsWith(world.attempt._id) && !name.endsWith('.json'));
    expect(left).toHaveLength(8);
    await Promise.all(Array.from({ length: 12 }, () => create(pieceAt(startMs + 10_000))));
    const after = (await readdir(join(api.data, 'uploads'))).filter((name) => name.startsWith(world.attempt._id) && !name.endsWith('.json'));
    expect(after).toHaveLength(8);
  });
});

describe('the evidence of an ended attempt', () => {
  const evidence = async (): Promise<string> => (await attemptById(world.attempt._id))!.evidence;
  const sendUntilMs = async (): Promise<number | null> => {
    const cookie = await signIn(api, world);
    return ((await (await call(api, 'GET', `/api/attempts/${world.attempt._id}`, { headers: { cookie } })).json()) as AttemptTimeline).sendUntilMs;
  };

  test('is complete as soon as nothing is missing any more', async () => {
    expect(await evidence()).toBe('receiving');
    await send(pieceAt(startMs + 10_000));
    expect(await evidence()).toBe('complete');
  });

  test('is partial when the browser has nothing left, and becomes complete by what comes later', async () => {
    expect(await sendUntilMs()).toBe(startMs + 30_000 + 72 * 3_600_000);
    await call(api, 'POST', '/api/student/sent', { headers: auth() });
    expect([await evidence(), await toldComplete()]).toEqual(['partial', false]);
    expect(await sendUntilMs()).toBe(null);
    await send(pieceAt(startMs + 10_000));
    // The student's page says so, whenever it is opened.
    expect([await evidence(), await toldComplete()]).toEqual(['complete', true]);
    await call(api, 'POST', '/api/student/sent', { headers: auth() });
    const { history } = (await attemptById(world.attempt._id))!;
    expect(history.filter(({ kind }) => kind === 'evidence' || kind === 'backfilled').map(({ detail }) => detail)).toEqual([
      'Parts are missing: 10 s in all.',
      'It is complete.',
      'From what the student’s browser kept: 10 s of camera and microphone, 0 s of the screen.',
    ]);
  });

  test('that is held stays held', async () => {
    await Attempts.updateOne({ _id: world.attempt._id }, { evidence: 'held' });
    await send(pieceAt(startMs + 10_000));
    expect(await evidence()).toBe('held');
  });
});
