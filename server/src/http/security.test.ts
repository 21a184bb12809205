import { expect, test } from 'vitest';
import { isOwnOrigin } from './security.js';

test.each([
  ['https://vigil.example', 'vigil.example', true],
  ['https://vigil.example', 'inner.host:8080', true],
  ['https://vigil.example.evil', 'vigil.example', false],
  ['https://evil.example', 'evil.example', false],
  ['http://vigil.example', 'vigil.example', false],
  ['https://vigil.example:444', 'vigil.example', false],
  ['null', 'vigil.example', false],
  ['', 'vigil.example', false],
  [undefined, 'vigil.example', false],
] as const)('with a public address: %s to %s is %s', (origin, host, expected) => {
  expect(isOwnOrigin({ publicOrigin: 'https://vigil.example', scheme: 'https' }, origin, host)).toBe(expected);
});

test.each([
  ['http://localhost:8080', 'localhost:8080', true],
  ['http://127.0.0.1:8080', '127.0.0.1:8080', true],
  ['http://localhost:8081', 'localhost:8080', false],
  ['https://localhost:8080', 'localhost:8080', false],
  ['http://evil.example', 'localhost:8080', false],
  ['http://', undefined, false],
  ['null', 'null', false],
] as const)('without one: %s to %s is %s', (origin, host, expected) => {
  expect(isOwnOrigin({ publicOrigin: '', scheme: 'http' }, origin, host)).toBe(expected);
});
