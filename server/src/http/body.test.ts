import { expect, test } from 'vitest';
import { parseJson } from './body.js';

test('reads JSON', () => {
  expect(parseJson('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
});

test.each([
  ['no JSON', '{'],
  ['a prototype', '{"__proto__":{"admin":true}}'],
  ['a prototype further in', '{"a":[{"__proto__":{}}]}'],
  ['deep arrays', '['.repeat(40_000) + ']'.repeat(40_000)],
  ['deep objects', '{"a":'.repeat(17) + '1' + '}'.repeat(17)],
])('refuses %s', (_name, text) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ reason: 'badInput' }) as Error);
});

test('16 levels are enough', () => {
  expect(() => parseJson('['.repeat(16) + ']'.repeat(16))).not.toThrow();
});
