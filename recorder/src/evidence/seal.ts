import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { VigilError } from '@vigil/protocol';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const version = 1;

/**
 * Seals bytes: AES-256-GCM (NIST SP 800-38D) as `version 1 byte | nonce 12 | ciphertext | tag 16`. The same bytes sealed twice differ.
 * @param key 32 bytes
 * @param name what they are; only under the same name can they be unsealed, so that one cannot be put in the place of another.
 */
export function seal(key: Uint8Array, name: string, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(name));
  return Buffer.concat([Buffer.of(version), nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** @throws {VigilError} `internal`: another key, another name, or changed bytes. */
export function unseal(key: Uint8Array, name: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  try {
    if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes) throw new Error('this is not sealed');
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new VigilError('internal', 'What was kept cannot be unsealed: it was changed, or the key is another.', { cause });
  }
}
