import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordKind, splitChunks, joinChunk, type PieceHeader, type PieceRecord, type Source } from '@vigil/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { segmentFile } from '../capture/segment-path.js';
import { opusClip, videoClip } from '../capture/testing/clips.js';
import { readWebm } from '../capture/webm-reader.js';
import { holesUnder, openPiece, PieceError, placePiece, storePlaced, type Hole } from './index.js';
import { sealPiece } from './testing/seal.js';

const key = Buffer.alloc(32, 7);
const attempt = '0123456789abcdef01234567';
const startMs = Date.UTC(2030, 0, 1, 9);
const name = `webcam-${startMs}-0a1b2c3d`;
const header: PieceHeader = { version: 1, track: 'webcam', startMs, clockErrorMs: 12, video: { codec: 'vp8', width: 320, height: 240 } };

const pictures: PieceRecord[] = videoClip({ codec: 'vp8', seconds: 5, fps: 5, size: '320x240', keyEvery: 25 }).map(({ ticks, data }, index) => ({
  kind: index === 0 ? RecordKind.key : RecordKind.delta,
  timeMs: ticks / 90,
  data,
}));
const sounds: PieceRecord[] = opusClip(5).map(({ ticks, data }) => ({ kind: RecordKind.sound, timeMs: ticks / 48, data }));
/** A second a chunk, as the browser writes them. */
const chunks = [0, 1, 2, 3, 4].map((second) =>
  [...pictures, ...sounds].filter(({ timeMs }) => Math.min(4, Math.floor(timeMs / 1_000)) === second).sort((a, b) => a.timeMs - b.timeMs),
);
const sealed = sealPiece(key, attempt, name, header, chunks);
const open = (bytes = sealed, of = attempt, as = name) => openPiece(bytes, key, of, as);

/** Clusters with a cluster inside that says it reaches to the end of the file: each one more doubles what there seems to be. */
function overlapping(count: number): Uint8Array<ArrayBuffer> {
  const cluster = (size: number): Buffer => {
    const head = Buffer.from('1f43b6750100000000000000', 'hex');
    head.writeUInt32BE(size, 8);
    return head;
  };
  return new Uint8Array(Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.concat([cluster(12), cluster((count - index - 1) * 24)]))));
}

describe('opening a piece', () => {
  it('gives its frames on the server’s clock', () => {
    const piece = open();
    expect(piece).toMatchObject({ track: 'webcam', clockErrorMs: 12, picture: { codec: 'vp8', width: 320, height: 240 } });
    expect(piece.frames.filter(({ kind }) => kind !== 'sound')).toHaveLength(25);
    expect(piece.frames.filter(({ kind }) => kind === 'sound')).toHaveLength(sounds.length);
    expect(piece.startMs).toBe(startMs);
    expect(piece.endMs).toBeGreaterThan(startMs + 4_900);
  });

  it('takes one whose clock may be off by an hour, for the computer slept', () => {
    expect(open(sealPiece(key, attempt, name, { ...header, clockErrorMs: 3_600_000 }, [])).clockErrorMs).toBe(3_600_000);
  });

  it('takes what is whole of one that a crash cut off', () => {
    const piece = open(sealed.subarray(0, sealed.length - 100));
    expect(piece.endMs).toBeLessThanOrEqual(startMs + 4_020);
    expect(piece.endMs).toBeGreaterThan(startMs + 3_900);
  });

  const parts = splitChunks(new Uint8Array(sealed)).map(joinChunk);
  const flip = (at: number): Buffer => Buffer.from(sealed.with(at, (sealed[at] ?? 0) ^ 1));
  it.each<[string, number, Buffer]>([
    ['whose last chunk has one bit flipped', 4, flip(sealed.length - 40)],
    ['whose last chunk is zeros', 4, Buffer.concat([...parts.slice(0, 5), Buffer.alloc(parts[5]!.length)])],
    ['that ends in zeros', 5, Buffer.concat([sealed, Buffer.alloc(4_096)])],
    ['with a chunk twice', 5, Buffer.concat([...parts, parts[5]!])],
    ['with a chunk left out', 1, Buffer.concat(parts.filter((_, index) => index !== 2))],
  ])('takes what comes before of one %s', (_, seconds, bytes) => {
    const { frames, endMs } = open(bytes);
    expect(frames.filter(({ kind }) => kind !== 'sound')).toHaveLength(seconds * 5);
    expect(Math.abs(endMs - startMs - seconds * 1_000)).toBeLessThan(100);
  });

  it.each<[string, () => unknown]>([
    ['another attempt’s', () => open(sealed, 'f'.repeat(24))],
    ['under another name', () => open(sealed, attempt, `webcam-${startMs}-ffffffff`)],
    ['of another track', () => open(sealed, attempt, `screen-${startMs}-0a1b2c3d`)],
    ['with a name that is a path', () => open(sealed, attempt, `../webcam-${startMs}-0a1b2c3d`)],
    ['with another key', () => openPiece(sealed, Buffer.alloc(32, 8), attempt, name)],
    ['with one bit of its header flipped', () => open(flip(20))],
    ['with chunks in another order', () => open(Buffer.concat(parts.toReversed()))],
    ['without its header', () => open(Buffer.concat(parts.slice(1)))],
    ['all zeros', () => open(Buffer.alloc(sealed.length))],
    ['with a length that lies', () => open(Buffer.from(sealed.with(0, 255)))],
    ['empty', () => open(Buffer.alloc(0))],
    ['with records that are none', () => open(sealPiece(key, attempt, name, header, [[{ kind: 9 as never, timeMs: 0, data: new Uint8Array(3) }]]))],
    ['from another time', () => open(sealPiece(key, attempt, name, { ...header, startMs: startMs + 60_000 }, []))],
    ['with a header that is none', () => open(sealPiece(key, attempt, name, { ...header, clockErrorMs: -1 }, []))],
  ])('refuses one that is %s', (_, act) => {
    expect(act).toThrow(PieceError);
  });

  it.each<[string, () => PieceRecord[][]]>([
    ['records', () => [Array.from({ length: 20_001 }, () => ({ kind: RecordKind.alive, timeMs: 0, data: new Uint8Array() }))]],
    ['records in several chunks', () => Array.from({ length: 3 }, () => Array.from({ length: 7_000 }, () => ({ kind: RecordKind.alive, timeMs: 0, data: new Uint8Array() })))],
    ['chunks', () => Array.from({ length: 2_000 }, () => [])],
    ['WebM elements', () => [[{ kind: RecordKind.webm, timeMs: 0, data: new Uint8Array(40_002).map((_, index) => (index % 2 ? 0x80 : 0xec)) }]]],
    ['WebM elements that seem to lie in one another', () => [[{ kind: RecordKind.webm, timeMs: 0, data: overlapping(20) }]]],
  ])('refuses one with far too many %s', (_, content) => {
    expect(() => open(sealPiece(key, attempt, name, header, content()))).toThrow(expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining('too many') as string }) as Error }));
  });

  it('leaves out frames from outside of its time', () => {
    const odd = [{ kind: RecordKind.key, timeMs: 1e9, data: new Uint8Array(3) }, { kind: RecordKind.sound, timeMs: -5_000, data: new Uint8Array([0xf8, 0xff, 0xfe]) }];
    expect(open(sealPiece(key, attempt, name, header, [odd])).frames).toEqual([]);
  });

  it.each(['vp8', 'vp9'] as const)('leaves out pictures that follow no real key frame: %s', (codec) => {
    const clip = videoClip({ codec, seconds: 2, fps: 5, size: '320x240', keyEvery: 5 }).map(({ ticks, data }, index): PieceRecord => ({
      kind: index % 5 === 0 ? RecordKind.key : RecordKind.delta,
      timeMs: ticks / 90,
      data,
    }));
    const timesOf = (records: PieceRecord[]): number[] =>
      open(sealPiece(key, attempt, name, { ...header, video: { codec, width: 320, height: 240 } }, [records])).frames.map(({ timeMs }) => timeMs - startMs);
    expect(timesOf(clip)).toHaveLength(10);
    const noise = (record: PieceRecord): PieceRecord => ({ ...record, data: Uint8Array.from(record.data, () => 0x5a) });
    expect(timesOf(clip.map((record, index) => (index === 0 ? noise(record) : record)))).toEqual([1_000, 1_200, 1_400, 1_600, 1_800]);
    expect(timesOf(clip.map((record, index) => (index === 5 ? noise(record) : record)))).toEqual([0, 200, 400, 600, 800]);
    expect(timesOf(clip.slice(1).map((record) => ({ ...record, kind: RecordKind.delta })))).toEqual([]);
    // Only called a key frame.
    expect(timesOf(clip.slice(1, 5).map((record) => ({ ...record, kind: RecordKind.key })))).toEqual([]);
  });
});

describe('placing a piece', () => {
  const hole = (fromMs: number, toMs: number, source: Source = 'webcam'): Hole => ({ source, startMs: startMs + fromMs, endMs: startMs + toMs });
  const spans = (missing: Hole[], piece = open()) =>
    placePiece(piece, missing).map((placed) => [placed.startMs - startMs, placed.endMs - startMs]);

  it('cuts it to what is missing, back to the key frame before', () => {
    expect(spans([hole(2_000, 3_000)])).toEqual([[0, 3_000]]);
    expect(spans([hole(-60_000, 60_000)])[0]?.[0]).toBe(0);
  });
  it('puts nothing where nothing, or next to nothing, is missing', () => {
    expect(spans([])).toEqual([]);
    expect(spans([hole(2_000, 2_100), hole(10_000, 20_000)])).toEqual([]);
  });
  it('makes one of holes that share a key frame', () => {
    expect(spans([hole(1_000, 2_000), hole(3_000, 4_000)])).toEqual([[0, 4_000]]);
  });
  it('puts nothing where it lacks what is missing', () => {
    const silent = open(sealPiece(key, attempt, name, header, [pictures]));
    const dark = open(sealPiece(key, attempt, name, header, [sounds]));
    const heard = hole(2_000, 3_000, 'microphone');
    const seen = hole(2_000, 3_000, 'webcam');
    expect([spans([heard], silent), spans([seen], dark)]).toEqual([[], []]);
    expect([spans([seen], silent), spans([heard], dark)]).toEqual([[[0, 3_000]], [[2_000, 3_000]]]);
    expect([holesUnder(silent, [heard, seen]), holesUnder(dark, [heard, seen])]).toEqual([[seen], [heard]]);
    // One that has the source, but not then.
    const alive = { kind: RecordKind.alive, timeMs: 119_000, data: new Uint8Array() };
    const brief = open(sealPiece(key, attempt, name, header, [[...pictures.slice(0, 1), ...sounds.slice(0, 1), alive]]));
    expect(spans([hole(0, 119_000), hole(0, 119_000, 'microphone')], brief)).toEqual([]);
    expect(holesUnder(brief, [heard, seen])).toEqual([heard, seen]);
  });
  it('joins what sources miss at different times', () => {
    expect(spans([hole(1_000, 2_000), hole(500, 1_500, 'microphone'), hole(3_000, 4_000, 'microphone')])).toEqual([[0, 4_000]]);
  });
  it('never begins with a picture that builds on another', () => {
    const late = open(sealPiece(key, attempt, name, header, chunks.slice(1)));
    const [placed] = placePiece(late, [hole(0, 5_000, 'microphone')]);
    expect(placed?.frames.some(({ kind }) => kind !== 'sound')).toBe(false);
    expect(placed?.frames.length).toBeGreaterThan(190);
  });
});

describe('storing a piece', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vigil-backfill-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const store = async (missing: Hole[] = [{ source: 'webcam', startMs: startMs + 1_000, endMs: startMs + 4_000 }], piece = open()) => {
    const [placed] = placePiece(piece, missing);
    return storePlaced(placed!, piece, { segments: join(folder, 'segments'), work: join(folder, 'work'), attempt });
  };

  it('makes a segment that plays, marked as backfill', async () => {
    const sidecar = await store();
    expect(sidecar).toMatchObject({ startMs, durationMs: 4_000, closedBy: 'backfill', backfill: { piece: name, clockErrorMs: 12 } });
    const file = segmentFile(join(folder, 'segments'), sidecar);
    const content = readWebm(await readFile(file));
    expect(content).toMatchObject({ startMs, durationMs: 4_000, bytes: sidecar.bytes, video: { frames: 20 } });
    expect(content?.audio?.frames).toBeGreaterThan(195);
    const decoded = execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'framemd5', '-'], { encoding: 'utf8' });
    expect(decoded.split('\n').filter((line) => line.startsWith('0,'))).toHaveLength(20);
    expect(await readdir(join(folder, 'work'))).toEqual([]);
  });

  it('overwrites nothing', async () => {
    const first = await store();
    const second = await store([{ source: 'webcam', startMs, endMs: startMs + 2_000 }]);
    expect(second.epoch).toBe(first.epoch + 1);
    const other = `webcam-${startMs}-ffffffff`;
    const third = await store(undefined, open(sealPiece(key, attempt, other, header, chunks), attempt, other));
    expect(third.epoch).toBe(first.epoch + 2);
  });

  it('stores the same once', async () => {
    const first = await store();
    expect(await store()).toEqual(first);
    expect(await readdir(join(folder, 'segments', attempt, 'webcam'))).toHaveLength(2);
  });

  it('reads what MediaRecorder writes as well', async () => {
    const file = segmentFile(join(folder, 'segments'), await store());
    const webm: PieceRecord[] = [{ kind: RecordKind.webm, timeMs: 0, data: await readFile(file) }];
    const piece = open(sealPiece(key, attempt, name, { version: 1, track: 'webcam', startMs, clockErrorMs: 5 }, [webm]));
    expect(piece.picture).toEqual({ codec: 'vp8', width: 320, height: 240 });
    expect(piece.frames.filter(({ kind }) => kind === 'key')).toHaveLength(1);
    expect(piece.frames.filter(({ kind }) => kind === 'delta')).toHaveLength(19);
  });

  it.each([15, 4_097, 2 ** 32])('refuses WebM whose pictures are %s wide', async (width) => {
    const file = await readFile(segmentFile(join(folder, 'segments'), await store()));
    // PixelWidth and PixelHeight of four bytes each: make them six and two.
    const at = file.indexOf(Buffer.from('b0 10000004 00000140 ba 10000004 000000f0'.replaceAll(' ', ''), 'hex'));
    expect(at).toBeGreaterThan(0);
    Buffer.from('b0 10000006 000000000000 ba 10000002 00f0'.replaceAll(' ', ''), 'hex').copy(file, at);
    file.writeUIntBE(width, at + 5, 6);
    const webm: PieceRecord[] = [{ kind: RecordKind.webm, timeMs: 0, data: file }];
    expect(() => open(sealPiece(key, attempt, name, { version: 1, track: 'webcam', startMs, clockErrorMs: 5 }, [webm]))).toThrow(PieceError);
  });

  it('fills holes in the sound with silence', async () => {
    const piece = open();
    const gappy = { ...piece, frames: piece.frames.filter(({ kind, timeMs }) => kind !== 'sound' || timeMs < startMs + 1_000 || timeMs > startMs + 3_000) };
    const [placed] = placePiece(gappy, [{ source: 'webcam', startMs, endMs: startMs + 5_000 }]);
    const sidecar = await storePlaced(placed!, gappy, { segments: join(folder, 'segments'), work: join(folder, 'work'), attempt });
    expect(sidecar.audio?.frames).toBeGreaterThan(245);
  });

  it('says what it lacks itself', async () => {
    const piece = open();
    const gappy = { ...piece, frames: piece.frames.filter(({ kind, timeMs }) => kind !== 'sound' || timeMs < startMs + 1_000 || timeMs > startMs + 4_000) };
    const [placed] = placePiece(gappy, [{ source: 'webcam', startMs, endMs: startMs + 5_000 }]);
    const sidecar = await storePlaced(placed!, gappy, { segments: join(folder, 'segments'), work: join(folder, 'work'), attempt });
    expect(sidecar.gaps).toEqual([{ source: 'microphone', startMs: startMs + 1_000, endMs: startMs + 4_020, cause: 'unknown' }]);
  });
});
