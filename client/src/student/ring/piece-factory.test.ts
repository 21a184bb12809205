import { RecordKind } from '@vigil/protocol/ring-piece';
import { describe, expect, it } from 'vitest';
import { PieceFactory } from './piece-factory.js';

const startMs = 1_700_000_000_000;

function world() {
  const done: string[] = [];
  let fails: Error | undefined;
  let room = true;
  const factory = new PieceFactory({
    shelf: {
      begin: (name) => void done.push(`begin ${name}`),
      append: (_name, bytes) => (fails ? Promise.reject(fails) : Promise.resolve(void done.push(`append ${bytes.length > 0}`))),
      finish: (_name, endMs) => Promise.resolve(void done.push(`finish ${endMs - startMs}`)),
    },
    clock: { known: true, toServer: (ms) => startMs - 1_000.3 + ms, errorMs: 3.2 },
    random: (bytes) => new Uint8Array(bytes).fill(10),
    room: () => room,
    refused: (error) => void done.push(`refused ${String(error)}`),
  });
  return { factory, done, fail: (error: Error) => (fails = error), fill: () => (room = false) };
}
const sealed: [string, string][] = [];
const seal = (piece: string, _chunk: number, content: Uint8Array<ArrayBuffer>) => {
  sealed.push([piece, new TextDecoder().decode(content)]);
  return Promise.resolve(content);
};

describe('PieceFactory', () => {
  it('names and times pieces by the server’s clock, and finishes them at what was last in them', async () => {
    const { factory, done } = world();
    factory.seal = seal;
    const piece = factory.begin('webcam')(1_000, { codec: 'vp8', width: 320, height: 240 });
    piece?.add(RecordKind.key, 1_000, Uint8Array.of(1));
    expect(factory.flush()).toEqual([]);
    piece?.add(RecordKind.alive, 3_500, new Uint8Array());
    piece?.close();
    await factory.settled();
    expect(done).toEqual([`begin webcam-${startMs}-0a0a0a0a`, 'append true', 'append true', 'finish 2500']);
    expect(JSON.parse(sealed[0]?.[1] ?? '')).toEqual({
      version: 1, track: 'webcam', startMs, clockErrorMs: 4, video: { codec: 'vp8', width: 320, height: 240 },
    });
  });

  it('begins nothing without a key or without room', () => {
    const { factory, fill } = world();
    expect(factory.ready).toBe(false);
    expect(factory.begin('webcam')(0, undefined)).toBeUndefined();
    factory.seal = seal;
    expect(factory.ready).toBe(true);
    fill();
    expect(factory.begin('screen')(0, undefined)).toBeUndefined();
  });

  it('tells when the browser refuses to store more', async () => {
    const { factory, done, fail } = world();
    factory.seal = seal;
    const piece = factory.begin('screen')(1_000, undefined);
    fail(new Error('full'));
    piece?.add(RecordKind.alive, 1_200, new Uint8Array());
    factory.flush();
    await factory.settled();
    expect(done.slice(1)).toEqual(['finish 200', 'refused Error: full']);
  });
});
