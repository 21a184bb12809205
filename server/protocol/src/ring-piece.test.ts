import { describe, expect, it } from 'vitest';
import { chunkContext, decodeRecords, encodeRecords, joinChunk, pieceName, RecordKind, splitChunks } from './ring-piece.js';

const chunk = (fill: number, length: number) => ({
  iv: new Uint8Array(12).fill(fill),
  sealed: new Uint8Array(length).fill(fill + 1),
});

describe('the records of a chunk', () => {
  it('come back as they were', () => {
    const records = [
      { kind: RecordKind.key, timeMs: 0.25, data: new Uint8Array([1, 2, 3]) },
      { kind: RecordKind.alive, timeMs: 2_000, data: new Uint8Array() },
      { kind: RecordKind.sound, timeMs: -20, data: new Uint8Array(300).fill(9) },
    ];
    expect(decodeRecords(encodeRecords(records))).toEqual(records);
    expect(decodeRecords(new Uint8Array())).toEqual([]);
  });

  it('are no more than asked for', () => {
    const bytes = encodeRecords(Array.from({ length: 5 }, () => ({ kind: RecordKind.alive, timeMs: 0, data: new Uint8Array() })));
    expect(decodeRecords(bytes, 5)).toHaveLength(5);
    expect(() => decodeRecords(bytes, 4)).toThrow('too many');
  });

  it('are refused when they are none: cut off, of another kind, without a time', () => {
    const bytes = encodeRecords([{ kind: RecordKind.key, timeMs: 1, data: new Uint8Array(10) }]);
    expect(() => decodeRecords(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
    expect(() => decodeRecords(bytes.subarray(0, 5))).toThrow(RangeError);
    expect(() => decodeRecords(bytes.with(0, 99))).toThrow(RangeError);
    expect(() => decodeRecords(encodeRecords([{ kind: RecordKind.key, timeMs: Number.NaN, data: new Uint8Array() }]))).toThrow(RangeError);
  });
});

describe('the chunks of a piece', () => {
  const file = new Uint8Array([...joinChunk(chunk(1, 20)), ...joinChunk(chunk(5, 16))]);

  it('come back as they were', () => {
    expect(splitChunks(file)).toEqual([chunk(1, 20), chunk(5, 16)]);
  });

  it('count as far as they are whole', () => {
    expect(splitChunks(file.slice(0, -1))).toEqual([chunk(1, 20)]);
    expect(splitChunks(file.slice(0, 2))).toEqual([]);
  });

  it('count up to where a length cannot be one', () => {
    expect(splitChunks(new Uint8Array([...file, 0, 0, 0, 27, ...new Uint8Array(27)]))).toHaveLength(2);
    expect(splitChunks(new Uint8Array([...file, 255, 0, 0, 0, 1]))).toHaveLength(2);
    expect(splitChunks(new Uint8Array([...file, ...new Uint8Array(100)]))).toHaveLength(2);
    expect(splitChunks(new Uint8Array(100))).toEqual([]);
  });

  it('are no more than asked for', () => {
    expect(splitChunks(file, 2)).toHaveLength(2);
    expect(() => splitChunks(file, 1)).toThrow('too many');
  });

  it('are each bound to their place', () => {
    expect(String.fromCharCode(...chunkContext('a', 'webcam-1', 2))).toBe('a/webcam-1/2');
  });
});

describe('the name of a piece', () => {
  it('says track and beginning, and can be no path', () => {
    expect(pieceName.exec('webcam-1700000000000-0a1b2c3d')?.slice(1)).toEqual(['webcam', '1700000000000']);
    for (const name of ['microphone-1700000000000-0a1b2c3d', '../webcam-1700000000000-0a1b2c3d', 'webcam-1-0a1b2c3d', 'webcam-1700000000000-0a1b2c3d\n'])
      expect(pieceName.test(name)).toBe(false);
  });
});
