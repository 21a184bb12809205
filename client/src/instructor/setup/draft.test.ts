import { ExamContent, FindingKind, incidentsOf, rulesOf } from '@vigil/protocol';
import { describe, expect, test } from 'vitest';
import { contentOf, copyOf, draftOf, fieldOf, newExam } from './draft.js';
import { presets } from './presets.js';

const full: ExamContent = {
  title: 'Logic',
  instructions: 'Two pages.',
  address: 'https://exam.example/1',
  embed: true,
  durationMinutes: 90,
  opensAtMs: new Date(2030, 0, 5, 9, 30, 12).getTime(),
  closesAtMs: new Date(2030, 0, 5, 18, 0).getTime(),
  graceMinutes: 15,
  attemptsAllowed: null,
  allowed: { things: ['paper'], sites: ['a.example'] },
  rules: {
    webcam: true,
    microphone: false,
    screen: 'any',
    weights: { phone: 9 },
    minimumSeconds: { speech: 3 },
    together: [{ kind: 'phone', with: 'book', weight: 4 }],
    off: ['book', 'looking-away', 'copy'],
    words: ['chat'],
    identity: { document: true, room: false },
    fullscreen: true,
    secondReviewer: true,
  },
};

describe('the form of an exam', () => {
  test('gives back what it was given', () => {
    const back = contentOf(draftOf(full), full);
    const { weights, minimumSeconds, off, ...rules } = back.rules;
    expect({ ...back, rules: { ...rules, weights: { phone: weights?.phone }, minimumSeconds: { speech: minimumSeconds?.speech } } }).toEqual({
      ...full,
      rules: { ...full.rules, off: undefined, weights: { phone: 9 }, minimumSeconds: { speech: 3 } },
    });
    // What is allowed turns its own kinds off.
    expect(off).toEqual(['copy']);
    expect(ExamContent.safeParse(back).success).toBe(true);
  });

  test('keeps a moment to the second as long as its field is not changed', () => {
    const draft = draftOf(full);
    expect(contentOf(draft, full).opensAtMs).toBe(full.opensAtMs);
    expect(draft.opens).toBe('2030-01-05T09:30');
    expect(contentOf({ ...draft, opens: '2030-01-05T09:31' }, full).opensAtMs).toBe(new Date(2030, 0, 5, 9, 31).getTime());
    expect(contentOf({ ...draft, opens: '' }, full).opensAtMs).toBeNull();
    expect(fieldOf(null)).toBe('');
  });

  test('leaves out what could do nothing', () => {
    const draft = draftOf(full);
    expect(contentOf({ ...draft, webcam: false }).rules.identity).toBeUndefined();
    expect(contentOf({ ...draft, address: ' ' })).toMatchObject({ embed: false, rules: { fullscreen: false } });
    expect(contentOf({ ...draft, embed: false }).rules.fullscreen).toBe(false);
  });

  test('of a copy has no dates, and a name of its own', () => {
    expect(copyOf(full)).toEqual({ ...full, title: 'Logic (copy)', opensAtMs: null, closesAtMs: null });
    expect(copyOf({ ...full, title: 'x'.repeat(200) }).title.length).toBeLessThanOrEqual(200);
  });
});

describe.each(presets)('the preset $name', ({ rules, why }) => {
  const content = contentOf({ ...draftOf({ ...newExam, title: 'x' }), ...rules() });

  test('is an exam that can be made, and says why in one sentence', () => {
    expect(ExamContent.safeParse(content).error).toBeUndefined();
    expect(why).toMatch(/^For [^.]+\.$/);
  });

  test('turns off no sign of quality', () => {
    const { off } = content.rules;
    expect(off).not.toContain('camera-dark');
    expect(FindingKind.array().safeParse(off).success).toBe(true);
  });
});

test('what the strict preset says is what is shown', () => {
  const strict = presets.find(({ name }) => name === 'strict');
  const content = contentOf({ ...draftOf({ ...newExam, title: 'x' }), ...strict?.rules() });
  const finding = { _id: 'a', attempt: 'x', track: 'webcam', kind: 'looking-away', startMs: 0, endMs: 2_500, confidence: 1, detector: { name: 'x', version: '1', model: 'none', thresholds: {} }, evidence: { type: 'frame', file: 'x' } } as const;
  expect(incidentsOf([finding], rulesOf(content.rules))).toHaveLength(1);
  expect(incidentsOf([finding], rulesOf(newExam.rules))).toHaveLength(0);
});
