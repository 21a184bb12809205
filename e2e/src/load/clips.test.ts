import { describe, expect, it } from 'vitest';
import { ivfFrames, oggPackets } from './clips.js';

/** A page of Ogg with the given table of segments; every byte of its body is the page's number. */
function page(number: number, ...segments: number[]): Buffer {
  const head = Buffer.alloc(27);
  head.write('OggS');
  head[26] = segments.length;
  return Buffer.concat([head, Buffer.from(segments), Buffer.alloc(segments.reduce((sum, length) => sum + length, 0), number)]);
}

describe('oggPackets', () => {
  it('cuts a page into its packets', () => {
    expect(oggPackets(page(1, 3, 5)).map(({ length }) => length)).toEqual([3, 5]);
  });

  it('joins segments of 255 bytes, also over the end of a page', () => {
    const packets = oggPackets(Buffer.concat([page(1, 255, 255), page(2, 7, 4)]));
    expect(packets.map(({ length }) => length)).toEqual([517, 4]);
    expect([packets[0]?.[509], packets[0]?.[510]]).toEqual([1, 2]);
  });

  it('ends a packet of exactly 255 bytes at the empty segment', () => {
    expect(oggPackets(page(1, 255, 0, 2)).map(({ length }) => length)).toEqual([255, 2]);
  });
});

describe('ivfFrames', () => {
  it('gives each frame, and nothing behind the last', () => {
    const frame = (bytes: number[]): Buffer => {
      const head = Buffer.alloc(12);
      head.writeUInt32LE(bytes.length);
      return Buffer.concat([head, Buffer.from(bytes)]);
    };
    const file = Buffer.concat([Buffer.alloc(32), frame([1, 2, 3]), frame([4])]);
    expect(ivfFrames(file).map((bytes) => [...bytes])).toEqual([[1, 2, 3], [4]]);
  });
});
