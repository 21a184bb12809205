import { expect, it } from 'vitest';
import { cocoLabels, distinct, wantedClasses, type DetectedObject } from './coco.js';

it('knows the 80 classes of COCO by number', () => {
  expect(cocoLabels).toHaveLength(80);
  expect([cocoLabels[0], cocoLabels[62], cocoLabels[67], cocoLabels[73], cocoLabels[79]]).toEqual(['person', 'tv', 'cell phone', 'book', 'toothbrush']);
});

it('looks for all classes, or for the wanted ones', () => {
  expect(wantedClasses({ minimum: 0 })).toHaveLength(80);
  expect(wantedClasses({ minimum: 0, classes: ['cell phone', 'person'] })).toEqual([
    { number: 0, label: 'person' },
    { number: 67, label: 'cell phone' },
  ]);
  expect(wantedClasses({ minimum: 0, classes: [] })).toEqual([]);
});

it('keeps one box around each object', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  const phone: DetectedObject = { label: 'cell phone', score: 0.5, box };
  expect(distinct([{ ...phone, score: 0.4, box: { ...box, x: 1 } }, phone])).toEqual([phone]);
});
