import { expect, it } from 'vitest';
import { distance } from './dlib-face.js';

it('distance is the length of the difference', () => {
  expect(distance(Float32Array.of(1, 2, 3), Float32Array.of(1, 5, 7))).toBe(5);
  expect(distance(Float32Array.of(1, 2), Float32Array.of(1, 2))).toBe(0);
});
