import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { VigilError } from '@vigil/protocol';
import type { PasswordHash } from '../store/index.js';

/** 32 MB and about 0.2 s a try: what OWASP's password storage sheet asks for with this memory. */
const params = { N: 2 ** 15, r: 8, p: 3 };
const keyLength = 32;

const derive = (password: string, salt: Buffer, { N, r, p }: PasswordHash['params']): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: 256 * N * r };
    scrypt(password.normalize('NFKC'), salt, keyLength, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });

/** Hashes a password with scrypt (RFC 7914) and a fresh salt. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, params);
  return { salt: salt.toString('base64url'), hash: key.toString('base64url'), params };
}

/** Stands in for the hash of a user who does not exist, so that the answer takes as long. */
const nobody: PasswordHash = {
  salt: randomBytes(16).toString('base64url'),
  hash: randomBytes(keyLength).toString('base64url'),
  params,
};

/** Checks that run or wait, by client. */
const checks = new Map<string, number>();
let last: Promise<unknown> = Promise.resolve();
/** One at a time, about 5 a second: the segments' files are written by the same few threads, and exams come first. */
const mostChecks = 50;
/** Of one client: it waits for itself, and others for it no longer than a second. */
const mostOfOne = 5;

/** Runs checks one after the other. @throws {VigilError} tooMany, when too many wait. */
async function inTurn<T>(client: string, check: () => Promise<T>): Promise<T> {
  const own = checks.get(client) ?? 0;
  const all = [...checks.values()].reduce((sum, count) => sum + count, 0);
  if (own >= mostOfOne || all >= mostChecks) throw new VigilError('tooMany');
  checks.set(client, own + 1);
  const result = last.then(check);
  last = result.catch(() => undefined);
  try {
    return await result;
  } finally {
    const left = (checks.get(client) ?? 1) - 1;
    if (left > 0) checks.set(client, left);
    else checks.delete(client);
  }
}

/**
 * Whether the password is the one that was hashed. Takes the same time without a hash, and is then false.
 * @param client who asks, so that none can keep the others from being answered.
 * @throws {VigilError} tooMany, when too many others, or of this client, are being checked.
 */
export async function passwordMatches(password: string, stored: PasswordHash | undefined, client: string): Promise<boolean> {
  const { salt, hash, params: cost } = stored ?? nobody;
  const expected = Buffer.from(hash, 'base64url');
  const key = await inTurn(client, () => derive(password, Buffer.from(salt, 'base64url'), cost));
  return timingSafeEqual(key, expected) && stored !== undefined;
}
