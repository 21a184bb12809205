import { chunkContext, ivBytes, joinChunk, tagBytes } from '@vigil/protocol/ring-piece';

/** Seals the chunks of one attempt's pieces (protocol/ring-piece.ts). */
export type Seal = (piece: string, chunk: number, content: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

/** The key that a session of the attempt is told, as one that can only seal and that no script can read again. @param base64 32 bytes */
export const importRingKey = (base64: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)), 'AES-GCM', false, ['encrypt']);

/** Seals with AES-256-GCM and a random IV (NIST SP 800-38D, 8.2.2). */
export const sealWith =
  (key: CryptoKey, attempt: string): Seal =>
  async (piece, chunk, content) => {
    const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
    const how = { name: 'AES-GCM', iv, additionalData: chunkContext(attempt, piece, chunk), tagLength: tagBytes * 8 };
    return joinChunk({ iv, sealed: new Uint8Array(await crypto.subtle.encrypt(how, key, content)) });
  };
