import { hkdfSync } from 'node:crypto';

/**
 * The key that seals what a student's browser records for itself (HKDF with SHA-256, RFC 5869): the same for all sessions of an
 * attempt, another for each attempt, and never kept in the browser. @returns 32 bytes.
 */
export const ringKeyOf = (secret: string, attempt: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `vigil/ring/${attempt}`, 32));
