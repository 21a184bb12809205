import { Buffer } from 'node:buffer';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { readMediaToken, signMediaToken } from './media-token.js';

const secret = 's'.repeat(40);
const now = Date.UTC(2030, 0, 1);
const claims = { attempt: 'a'.repeat(24), session: 'session-1', node: 'node-1' };
const payload = { sub: claims.attempt, sid: claims.session, node: claims.node, exp: now / 1000 + 60 };
const read = (token: unknown) => () => readMediaToken(token, secret, now);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('media token', () => {
  it('comes back as it was signed', () => {
    expect(read(signMediaToken(claims, secret, now, 60_000))()).toEqual(claims);
  });

  it('expires', () => {
    const token = signMediaToken(claims, secret, now, 60_000);
    expect(() => readMediaToken(token, secret, now + 59_000)).not.toThrow();
    expect(() => readMediaToken(token, secret, now + 61_000)).toThrow(expect.objectContaining({ reason: 'linkExpired' }));
  });

  const none = `${part({ alg: 'none', typ: 'JWT' })}.${part({ ...payload, aud: 'media' })}.`;
  it.each([
    ['alg none', none],
    ['another algorithm', jwt.sign(payload, secret, { algorithm: 'HS512', audience: 'media' })],
    ['another secret', jwt.sign(payload, 'x'.repeat(40), { audience: 'media' })],
    ['another audience, as a link has', jwt.sign(payload, secret, { audience: 'link' })],
    ['no audience', jwt.sign(payload, secret)],
    ['a kid path', jwt.sign(payload, 'x'.repeat(40), { audience: 'media', keyid: '../../secret' })],
    ['an attempt that is no id', jwt.sign({ ...payload, sub: '../x' }, secret, { audience: 'media' })],
    ['no token', undefined],
    ['an object', { length: 1 }],
  ])('refuses %s', (_name, token) => {
    expect(read(token)).toThrow(expect.objectContaining({ reason: 'linkInvalid' }));
  });
});
