import { beforeEach, describe, expect, it } from 'vitest';
import { REORDER_WAIT_MS, ReorderBuffer } from './reorder.js';

let out: string[];
let buffer: ReorderBuffer;
const push = (sequence: number, atMs = 0): void => buffer.push(Buffer.from([sequence & 0xff]), sequence & 0xffff, atMs);
beforeEach(() => {
  out = [];
  buffer = new ReorderBuffer((packet, _at, lost) => out.push(`${lost ? 'lost ' : ''}${packet[0]!}`));
});

describe('ReorderBuffer', () => {
  it('puts packets in order across the wrap and drops duplicates', () => {
    for (const sequence of [65_534, 0, 65_535, 0, 65_535, 2, 1]) push(sequence);
    expect(out).toEqual(['254', '255', '0', '1', '2']);
  });

  it('waits for a late repair, and no longer than it says', () => {
    push(1);
    push(3, 0);
    push(5, 800);
    buffer.expire(REORDER_WAIT_MS - 1);
    expect(out).toEqual(['1']);
    buffer.expire(REORDER_WAIT_MS);
    expect(out).toEqual(['1', 'lost 3']);
    push(4, 2_000);
    expect(out).toEqual(['1', 'lost 3', '4', '5']);
    push(2, 2_000);
    expect(out).toHaveLength(4);
  });

  it('gives up a hole on a packet’s arrival alone', () => {
    push(1);
    push(3, 0);
    push(4, REORDER_WAIT_MS);
    expect(out).toEqual(['1', 'lost 3', '4']);
  });

  it('does not hold a sender that starts over, and hands out the rest at the end', () => {
    push(1);
    push(20_000, 0);
    push(20_001, 0);
    buffer.flush();
    expect(out).toEqual(['1', 'lost 32', '33']);
  });
});
