import { createHmac, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, test } from 'vitest';
import { readToken, signToken } from './tokens.js';

const secret = 'a secret of at least 32 characters';
const attempt = '0123456789abcdef01234567';
const now = 1_800_000_000_000;
const expiresAtMs = now + 3_600_000;
const good = signToken(secret, 'take', { subject: attempt, expiresAtMs }, now);
const claims = { iss: 'vigil', aud: 'take', sub: attempt, exp: expiresAtMs / 1_000 };

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token with any header, signed with any key. */
const forge = (header: object, key: string): string => {
  const text = `${base64(header)}.${base64(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};

test('reads what it signed', () => {
  expect(readToken(secret, 'take', good)).toEqual({ subject: attempt, expiresAtMs });
});

test('tells the expiry instead of judging it', () => {
  const old = signToken(secret, 'take', { subject: attempt, expiresAtMs: now - 1_000 }, now - 5_000);
  expect(readToken(secret, 'take', old)).toEqual({ subject: attempt, expiresAtMs: now - 1_000 });
});

describe('refuses', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const [header = '', payload = '', signature = ''] = good.split('.');
  test.each([
    ['alg none', `${base64({ alg: 'none', typ: 'JWT' })}.${payload}.`],
    ['alg none with a signature', `${base64({ alg: 'none' })}.${payload}.${signature}`],
    ['another algorithm of the same key', jwt.sign(claims, secret, { algorithm: 'HS512' })],
    ['HS256 signed with a public key', forge({ alg: 'HS256' }, pem)],
    ['a key in the header', forge({ alg: 'HS256', jwk: { kty: 'oct', k: base64({}) } }, '{}')],
    ['a key by address', forge({ alg: 'HS256', jku: 'http://127.0.0.1/keys' }, 'x')],
    ['a key by path', forge({ alg: 'HS256', kid: '../../../dev/null' }, '')],
    ['another secret', jwt.sign(claims, 'another secret of many characters')],
    ['another audience', signToken(secret, 'instructor', { subject: attempt, expiresAtMs }, now)],
    ['several audiences of which none is ours', jwt.sign({ ...claims, aud: ['x', 'y'] }, secret)],
    ['another issuer', jwt.sign({ ...claims, iss: 'other' }, secret)],
    ['no expiry', jwt.sign({ iss: 'vigil', aud: 'take', sub: attempt }, secret)],
    ['no subject', jwt.sign({ iss: 'vigil', aud: 'take', exp: claims.exp }, secret)],
    ['a changed subject', `${header}.${base64({ ...claims, sub: 'f'.repeat(24) })}.${signature}`],
    ['a cut token', good.slice(0, -2)],
    ['nothing', ''],
    ['a very long text', 'a'.repeat(100_000)],
  ])('%s', (_name, token) => {
    expect(readToken(secret, 'take', token)).toBeUndefined();
  });
  test('only because of what is wrong with it', () => {
    expect(readToken(secret, 'take', forge({ alg: 'HS256' }, secret))).toBeDefined();
    expect(readToken(secret, 'take', jwt.sign(claims, secret))).toBeDefined();
  });
});
