import { createDecipheriv, randomBytes } from 'node:crypto';
import type { PieceHeader } from '@vigil/protocol';
import { RecordKind, chunkContext, decodeRecords, splitChunks, tagBytes, type PieceRecord } from '@vigil/protocol/ring-piece';
import { describe, expect, it } from 'vitest';
import { PieceWriter } from './piece-writer.js';
import { importRingKey, sealWith } from './sealer.js';

const attempt = '0123456789abcdef01234567';
const name = 'webcam-1700000000000-0a1b2c3d';
const header: PieceHeader = { version: 1, track: 'webcam', startMs: 1_700_000_000_000, clockErrorMs: 3 };
const secret = randomBytes(32);

/** Opens a piece's file as the server does, with Node's own cryptography. */
function open(file: Uint8Array<ArrayBuffer>): { header: unknown; records: PieceRecord[] } {
  const contents = splitChunks(file).map(({ iv, sealed }, chunk) => {
    const decipher = createDecipheriv('aes-256-gcm', secret, iv, { authTagLength: tagBytes });
    decipher.setAAD(chunkContext(attempt, name, chunk));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  });
  return { header: JSON.parse(String(contents[0])), records: contents.slice(1).flatMap((content) => decodeRecords(content)) };
}

async function writer(append?: (bytes: Uint8Array) => Promise<void>) {
  const key = await importRingKey(secret.toString('base64'));
  const appended: Uint8Array[] = [];
  const ended: unknown[] = [];
  const piece = new PieceWriter({
    name,
    header,
    seal: sealWith(key, attempt),
    append: async (bytes) => {
      await append?.(bytes);
      appended.push(bytes);
    },
    closed: (error) => void ended.push(error),
  });
  return { piece, key, ended, appended, file: () => new Uint8Array(Buffer.concat(appended)) };
}

describe('PieceWriter', () => {
  it('writes what the server can open, a chunk at each flush', async () => {
    const { piece, appended, file, ended } = await writer();
    piece.add(RecordKind.key, 0, Uint8Array.of(1, 2, 3));
    await piece.flush();
    piece.add(RecordKind.sound, 20, Uint8Array.of(4));
    await piece.flush();
    await piece.flush();
    piece.add(RecordKind.alive, 900, new Uint8Array());
    await piece.close();
    piece.add(RecordKind.alive, 1_000, new Uint8Array());
    await piece.close();
    expect(appended).toHaveLength(3);
    expect(ended).toEqual([undefined]);
    expect(open(file())).toEqual({
      header,
      records: [
        { kind: RecordKind.key, timeMs: 0, data: Buffer.from([1, 2, 3]) },
        { kind: RecordKind.sound, timeMs: 20, data: Buffer.from([4]) },
        { kind: RecordKind.alive, timeMs: 900, data: Buffer.alloc(0) },
      ],
    });
  });

  it('writes in order, however slow the disk is', async () => {
    const gates: (() => void)[] = [];
    const { piece, file } = await writer(() => new Promise((resolve) => gates.push(resolve)));
    for (let time = 0; time < 3; time++) {
      piece.add(RecordKind.sound, time, Uint8Array.of(time));
      void piece.flush();
    }
    const closed = piece.close();
    const opening = setInterval(() => gates.shift()?.());
    await closed;
    clearInterval(opening);
    expect(open(file()).records.map(({ timeMs }) => timeMs)).toEqual([0, 1, 2]);
  });

  it('ends before a chunk that could not be stored', async () => {
    let room = 1;
    const { piece, file, ended } = await writer(() => (room-- > 0 ? Promise.resolve() : Promise.reject(new Error('full'))));
    for (let time = 0; time < 3; time++) {
      piece.add(RecordKind.sound, time, Uint8Array.of(time));
      await piece.flush();
    }
    await piece.close();
    expect(ended).toEqual([new Error('full')]);
    expect(open(file()).records.map(({ timeMs }) => timeMs)).toEqual([0]);
  });

  it('stores nothing of a piece to which nothing was added', async () => {
    const { piece, appended, ended } = await writer();
    await piece.close();
    expect(appended).toEqual([]);
    expect(ended).toEqual([undefined]);
  });

  it('seals with a key that no script can read', async () => {
    const { key } = await writer();
    expect(key.extractable).toBe(false);
    expect(key.usages).toEqual(['encrypt']);
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  });

  it('says when no more fits', async () => {
    const { piece } = await writer();
    piece.add(RecordKind.webm, 0, new Uint8Array(3_900_000));
    await piece.flush();
    expect(piece.full).toBe(false);
    for (let i = 0; i < 2; i++) {
      piece.add(RecordKind.webm, 0, new Uint8Array(3_900_000));
      await piece.flush();
    }
    expect(piece.full).toBe(true);
  });
});
