import { expect, test } from 'vitest';
import { z } from 'zod';
import { NewAttemptBody, SignInBody } from '@vigil/protocol';
import { parseInput, parseJson } from './body.js';

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

test.each([
  [NewAttemptBody, { name: '  ' }, 'Write the student’s name.'],
  [NewAttemptBody, {}, 'Write the student’s name.'],
  [NewAttemptBody, { name: 'Ada', email: 'ada at home' }, 'This is not an e-mail address. Correct it, or leave the field empty.'],
  [SignInBody, { email: 'ada@example.org', password: '' }, 'Write your password.'],
  [z.object({ exam: z.string().regex(/^x$/), n: z.number() }), { exam: 'y', n: 'z' }, 'Something in the request is not as expected.'],
] as const)('people are told in sentences what is wrong: %#', (schema, value, sentence) => {
  expect(() => parseInput(schema as z.ZodType, value)).toThrow(expect.objectContaining({ reason: 'badInput', message: sentence }) as Error);
});
