import { expect, it } from 'vitest';
import { isOriginAllowed } from './origin.js';

const allowed = new Set(['https://vigil.example']);
const ask = (origin: string | undefined, host = 'media.example:8081') =>
  isOriginAllowed({ headers: { host, ...(origin !== undefined && { origin }) } }, allowed);

it.each([
  ['https://vigil.example', true],
  ['https://vigil.example:443', true],
  ['http://media.example:8081', true],
  ['http://vigil.example', false],
  ['https://vigil.example:444', false],
  ['https://vigil.example.evil', false],
  ['http://media.example', false],
  ['ftp://media.example:8081', false],
  ['null', false],
  ['', false],
  [undefined, false],
])('%s: %s', (origin, is) => {
  expect(ask(origin)).toBe(is);
});
