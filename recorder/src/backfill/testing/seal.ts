import { createCipheriv, randomBytes } from 'node:crypto';
import { chunkContext, encodeRecords, joinChunk, type PieceHeader, type PieceRecord } from '@vigil/protocol';

/** Seals a piece as the student's browser does, each list of records in a chunk of its own. */
export function sealPiece(key: Buffer, attempt: string, name: string, header: PieceHeader, chunks: readonly PieceRecord[][]): Buffer {
  const plain = [Buffer.from(JSON.stringify(header)), ...chunks.map((records) => encodeRecords(records))];
  return Buffer.concat(
    plain.map((content, index) => {
      const iv = new Uint8Array(randomBytes(12));
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
      cipher.setAAD(chunkContext(attempt, name, index));
      const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
      return joinChunk({ iv, sealed: new Uint8Array(sealed) });
    }),
  );
}
