import { describe, expect, it } from 'vitest';
import { calmPieces, lengthOf, type Person } from './footage.js';
import { randomOf } from './noises.js';

describe.each<Person>(['F', 'B'])('uneventful footage of %s', (person) => {
  const pieces = calmPieces(person, 300, randomOf(person));

  it('is as long as it was asked for, and the same each time', () => {
    expect(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0)).toBeGreaterThanOrEqual(300);
    expect(calmPieces(person, 300, randomOf(person))).toEqual(pieces);
  });

  it('shows nothing again within 30 s, and never in the same way', () => {
    const starts = pieces.map((_, index) => pieces.slice(0, index).reduce((sum, piece) => sum + lengthOf(piece), 0));
    const overlap = (a: number, b: number): boolean =>
      pieces[a]!.clip === pieces[b]!.clip && pieces[a]!.from < pieces[b]!.to && pieces[b]!.from < pieces[a]!.to;
    for (let a = 0; a < pieces.length; a += 1)
      for (let b = a + 1; b < pieces.length; b += 1) {
        if (!overlap(a, b)) continue;
        expect(starts[b]! - starts[a]!).toBeGreaterThan(30);
        const { speed, crop } = pieces[a]!;
        expect([speed, crop]).not.toEqual([pieces[b]!.speed, pieces[b]!.crop]);
      }
  });
});
