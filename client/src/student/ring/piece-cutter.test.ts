import { RecordKind } from '@vigil/protocol/ring-piece';
import { beforeEach, describe, expect, it } from 'vitest';
import { PieceCutter, type Video } from './piece-cutter.js';

const video: Video = { codec: 'vp8', width: 320, height: 240 };
const wide: Video = { codec: 'vp8', width: 640, height: 240 };
const data = new Uint8Array();
const names = Object.fromEntries(Object.entries(RecordKind).map(([name, kind]) => [kind, name]));

let pieces: { zero: number; video: Video | undefined; records: string[]; closed: boolean }[];
let room: boolean;
let cutter: PieceCutter;

beforeEach(() => {
  pieces = [];
  room = true;
  cutter = new PieceCutter(5_000, (zero, pictures) => {
    if (!room) return undefined;
    const piece = { zero, video: pictures, records: [] as string[], closed: false };
    pieces.push(piece);
    return {
      add: (kind, timeMs) => void piece.records.push(`${names[kind]}@${timeMs}`),
      close: () => void (piece.closed = true),
    };
  });
  cutter.expectPictures(true, 0);
});

/** A picture that is encoded at once. */
function picture(timeMs: number, of = video): boolean {
  const key = cutter.needsKey(timeMs, of);
  cutter.picture({ key, timeMs, data, video: of });
  return key;
}

describe('PieceCutter', () => {
  it('begins each piece with a key frame, and cuts when it is long enough', () => {
    const keys = [0, 200, 4_800, 5_000, 5_200].filter((timeMs) => picture(timeMs));
    expect(keys).toEqual([0, 5_000]);
    expect(pieces.map(({ zero, records }) => [zero, records])).toEqual([
      [0, ['key@0', 'delta@200', 'delta@4800', 'alive@5000']],
      [5_000, ['key@5000', 'delta@5200']],
    ]);
  });

  it('puts sound into the piece of its time, whichever encoder is slower', () => {
    picture(0);
    expect(cutter.needsKey(5_000, video)).toBe(true);
    cutter.sound(4_980, data);
    cutter.sound(5_000, data);
    // While the key frame is waited for, no second one is asked for.
    expect(cutter.needsKey(5_200, video)).toBe(false);
    cutter.picture({ key: true, timeMs: 5_000, data, video });
    cutter.sound(4_999, data);
    cutter.sound(5_020, data);
    expect(pieces[0]?.records).toEqual(['key@0', 'sound@4980', 'alive@5000', 'sound@4999']);
    expect(pieces[1]?.records).toEqual(['sound@5000', 'key@5000', 'sound@5020']);
    cutter.tick(5_900);
    expect(pieces[0]?.closed).toBe(false);
    cutter.tick(6_000);
    expect(pieces.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('knows the key frame that it asked for, though its time was rounded', () => {
    picture(0);
    expect(cutter.needsKey(5_000.0004, video)).toBe(true);
    cutter.picture({ key: true, timeMs: 5_000, data, video });
    expect(pieces.map(({ zero }) => zero)).toEqual([0, 5_000]);
  });

  it('begins with the sound that came before the first picture', () => {
    cutter.sound(-60, data);
    expect(cutter.needsKey(0, video)).toBe(true);
    cutter.sound(-40, data);
    cutter.picture({ key: true, timeMs: 0, data, video });
    expect(pieces).toMatchObject([{ zero: -60, video, records: ['sound@-60', 'sound@-40', 'key@0'] }]);
  });

  it('does without pictures when none come', () => {
    cutter.sound(0, data);
    cutter.tick(900);
    expect(pieces).toEqual([]);
    cutter.tick(1_001);
    expect(pieces).toMatchObject([{ zero: 0, video: undefined, records: ['sound@0'] }]);
  });

  it('cuts by time when the camera is gone, and begins anew when it is back', () => {
    picture(0);
    cutter.sound(0, data);
    cutter.expectPictures(false, 1_000);
    for (const timeMs of [1_020, 6_000, 6_020]) cutter.sound(timeMs, data);
    expect(pieces.map(({ zero, video: of }) => [zero, of])).toEqual([
      [0, video],
      [1_020, undefined],
      [6_020, undefined],
    ]);
    cutter.expectPictures(true, 7_000);
    expect(picture(7_000)).toBe(true);
    expect(pieces.at(-1)).toMatchObject({ zero: 7_000, video, records: ['key@7000'] });
  });

  it('cuts when the picture’s size changes', () => {
    picture(0);
    expect(picture(200, wide)).toBe(true);
    expect(pieces.map((piece) => piece.video)).toEqual([video, wide]);
  });

  it('cuts at once, and begins anew with the next picture and the sound before it', () => {
    picture(0);
    cutter.sound(100, data);
    cutter.cutNow();
    expect(pieces).toMatchObject([{ records: ['key@0', 'sound@100'], closed: true }]);
    cutter.sound(150, data);
    expect(picture(200)).toBe(true);
    expect(pieces[1]?.records).toEqual(['sound@150', 'key@200']);
  });

  it('cuts soon when a source is gone, for a piece says what was recorded in it', () => {
    picture(0);
    cutter.cutSoon(300);
    expect(picture(400)).toBe(true);
    expect(picture(600)).toBe(false);
    expect(pieces).toHaveLength(2);
  });

  it('goes on when a key frame does not come', () => {
    picture(0);
    expect(cutter.needsKey(5_000, video)).toBe(true);
    cutter.sound(5_000, data);
    cutter.tick(8_001);
    expect(pieces[0]?.records).toContain('sound@5000');
    expect(picture(8_200)).toBe(true);
  });

  it('drops pictures that build on none', () => {
    cutter.picture({ key: false, timeMs: 0, data, video });
    expect(pieces).toEqual([]);
  });

  it('begins nothing while there is no room, and begins again with a key frame', () => {
    picture(0);
    room = false;
    picture(5_000);
    cutter.sound(5_100, data);
    cutter.tick(6_200);
    expect(pieces).toHaveLength(1);
    room = true;
    expect(picture(9_000)).toBe(true);
    expect(pieces.at(-1)?.records).toEqual(['key@9000']);
  });

  it('says that the sources were recorded, though a picture stood still', () => {
    cutter.alive(0);
    picture(1_000);
    cutter.alive(900);
    cutter.alive(2_000);
    cutter.end();
    expect(pieces).toMatchObject([{ records: ['key@1000', 'alive@2000'], closed: true }]);
  });
});
