import { describe, expect, it } from 'vitest';
import { cameraStillDetector, loopsIn } from './camera-still.js';
import { cameraPictureDetector } from './camera-picture.js';
import type { Detector, Timed } from './detector.js';
import { faceUnclearDetector } from './face-unclear.js';
import { identityDetector } from './identity.js';
import { lookingAwayDetector } from './looking-away.js';
import { objectsDetector } from './objects.js';
import { screenSwitchedDetector } from './screen-switched.js';

/** What detectors make of values that are known by construction. */

const model = { label: 'none' } as Parameters<typeof identityDetector>[0];
const every = <T>(ms: number, values: readonly T[]): Timed<T>[] => values.map((value, at) => ({ startMs: at * ms, endMs: (at + 1) * ms, value }));
const brief = (detector: Detector, samples: readonly Timed<unknown>[]) =>
  detector.judge(samples, {}).map(({ kind, startMs, endMs }) => [kind, startMs / 1_000, endMs / 1_000]);
/** Numbers from 0 to 1 that are the same each time (Park and Miller 1988). */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
}

describe('a camera that repeats itself', () => {
  const motions = (count: number, seed: number) => {
    const next = random(seed);
    return Array.from({ length: count }, () => ({ motion: 0.5 + next() ** 4 * 8 }));
  };
  const times = (samples: Parameters<typeof loopsIn>[0]) => loopsIn(samples).map(({ startMs, endMs }) => [startMs / 1_000, endMs / 1_000]);

  it('is found from its second time on, also when the period is no whole number of looks’ seconds', () => {
    const film = motions(37, 1);
    const samples = every(200, Array.from({ length: 300 }, (_, at) => film[at % 37]!));
    const [found, ...others] = times(samples);
    expect(others).toEqual([]);
    expect(found?.[0]).toBeLessThanOrEqual(10);
    expect(found?.[1]).toBeGreaterThan(55);
  });

  it('is said to begin with its second time and to end where it ends', () => {
    const film = motions(41, 3);
    const found = times(every(200, [...motions(150, 7), ...Array.from({ length: 300 }, (_, at) => film[at % 41]!), ...motions(200, 9)]));
    expect(found).toHaveLength(1);
    expect(found[0]?.[0]).toBeGreaterThan(36.2);
    expect(found[0]?.[0]).toBeLessThan(40.2);
    expect(found[0]?.[1]).toBeGreaterThan(88);
    expect(found[0]?.[1]).toBeLessThan(92);
  });

  it('is found though its pictures are seen early in one look’s time and late in the next, and a cut once a look later', () => {
    const film = motions(41, 3);
    const late = random(11);
    const looks = Array.from({ length: 300 }, (_, at) => film[(at - (at > 130 && at < 140 ? 1 : 0)) % 41]!).map((value, at) => ({ startMs: at * 200 + (at ? 60 + late() * 90 : 0), value }));
    const found = times(looks.map(({ startMs, value }, at) => ({ startMs, endMs: looks[at + 1]?.startMs ?? 60_000, value })));
    expect(found).toHaveLength(1);
    expect(found[0]?.[0]).toBeLessThan(10.4);
    expect(found[0]?.[1]).toBeGreaterThan(58);
  });

  // At few pictures a second, each stands for several looks: that is no repetition.
  it.each([200, 143, 500])('is not taken for one that moves as people do, with a picture every %d ms', (ms) => {
    for (const seed of [1, 2, 3]) expect(times(every(ms, motions(120_000 / ms, seed)))).toEqual([]);
    const still = random(5);
    expect(times(every(ms, Array.from({ length: 120_000 / ms }, () => ({ motion: 0.4 + still() * 0.05 }))))).toEqual([]);
  });
});

describe('a camera that stands still', () => {
  const of = (...parts: readonly (readonly [motion: number, count: number])[]) =>
    every(200, parts.flatMap(([motion, count]) => Array.from({ length: count }, () => ({ motion }))));
  it('is found, but not the calm of a person, nor for less than seven seconds', () => {
    expect(brief(cameraStillDetector(), of([0.7, 50], [0.02, 100], [0.7, 50]))).toEqual([['camera-frozen', 9.2, 30.8]]);
    expect(brief(cameraStillDetector(), of([0.3, 200]))).toEqual([]);
    expect(brief(cameraStillDetector(), of([0.7, 50], [0.02, 20], [0.7, 50]))).toEqual([]);
  });

  it('is not torn by the first picture of a segment, which says nothing', () => {
    const samples = of([0.02, 200]).map((sample, at) => (at % 100 ? sample : { ...sample, value: { motion: null, first: true } }));
    expect(brief(cameraStillDetector(), samples)).toEqual([['camera-frozen', 0.2, 40]]);
  });
});

it('black and covered are findings, dark and blurred are quality, and an empty room is none of them', () => {
  const room = { mean: 130, deviation: 60, sharpness: 7 };
  const picture = (change: Partial<typeof room>) => Array.from({ length: 10 }, () => ({ ...room, ...change }));
  const samples = every(500, [
    ...picture({}), ...picture({ mean: 3, deviation: 1, sharpness: 0.3 }), ...picture({}), ...picture({ mean: 150, deviation: 5, sharpness: 0.2 }),
    ...picture({}), ...picture({ mean: 22, deviation: 12, sharpness: 1.4 }), ...picture({}), ...picture({ sharpness: 2 }), ...picture({ sharpness: 2.8 }),
  ]); // prettier-ignore
  expect(brief(cameraPictureDetector(), samples)).toEqual([
    ['camera-black', 5, 10], ['camera-black', 15, 20], ['camera-dark', 25, 30], ['camera-blurred', 35, 40],
  ]); // prettier-ignore
});

describe('looking away', () => {
  const face = { yaw: -2, pitch: 5, gaze: 0.02 as number | null };
  const looks = (...parts: readonly (readonly [change: Partial<typeof face> | null, count: number])[]) =>
    every(1_000, parts.flatMap(([change, count]) => Array.from({ length: count }, () => change && { ...face, ...change })));
  const detector = lookingAwayDetector(model, model);

  it('is relative to how the student looks as a rule, by head and by eyes', () => {
    expect(brief(detector, looks([{}, 20], [{ gaze: 0.25 }, 5], [{}, 10], [{ yaw: 38 }, 4], [{}, 10]))).toEqual([['looking-away', 20, 25], ['looking-away', 35, 39]]);
    expect(brief(detector, looks([{ yaw: 35, gaze: null }, 40]))).toEqual([]);
  });

  it('is not said of one look, of eyes that wander because they are seen badly, nor without a face', () => {
    expect(brief(detector, looks([{}, 20], [{ gaze: 0.3 }, 1], [{}, 20], [null, 9]))).toEqual([]);
    const next = random(7);
    expect(brief(detector, every(1_000, Array.from({ length: 90 }, () => ({ ...face, gaze: (next() - 0.5) * 0.6 }))))).toEqual([]);
  });
});

it('another face is one that stays another, where it is seen well', () => {
  const picture = { mean: 130, deviation: 60, sharpness: 7 };
  const seen = (distances: readonly number[], change: Partial<typeof picture> = {}) => distances.map((distance) => ({ distance, picture: { ...picture, ...change } }));
  const samples = every(3_000, [...seen([0.3, 0.6, 0.3, 0.3]), ...seen([0.62, 0.58, 0.66]), null, ...seen([0.3, 0.3]), ...seen([0.7, 0.7], { sharpness: 1 }), ...seen([0.3, 0.3])]);
  expect(brief(identityDetector(model), samples)).toEqual([['other-person', 12, 21]]);
});

it('a phone is one for the first detector, or for both together', () => {
  const nothing = { phone: 0, phoneToo: null, person: 0, book: 0, screen: 0, faces: 1 };
  const samples = every(1_000, [
    nothing, { ...nothing, phone: 0.7 }, nothing, { ...nothing, phone: 0.5, phoneToo: 0.2 }, { ...nothing, phone: 0.5, phoneToo: 0.6 },
    { ...nothing, person: 0.8, faces: 2 }, { ...nothing, person: 0.8 },
  ]); // prettier-ignore
  expect(brief(objectsDetector(model, model), samples)).toEqual([['phone', 1, 2], ['phone', 4, 5], ['person-several', 6, 7]]);
});

describe('a face that cannot be judged', () => {
  const clear = { width: 120, yaw: 3, pitch: 5, cut: 0 };
  const found = (...faces: readonly (typeof clear | null)[]) => brief(faceUnclearDetector(model, model), every(1_000, faces));

  it.each([{ width: 24 }, { yaw: -60 }, { pitch: 40 }, { cut: 0.2 }])('is one with %j', (differs) => {
    const unclear = { ...clear, ...differs };
    expect(found(clear, unclear, unclear, clear)).toEqual([['face-unclear', 1, 3]]);
  });

  it('is still there when it is missed for one look, and is no face that is clear, missing or one of several', () => {
    const small = { ...clear, width: 24 };
    expect(found(small, null, small)).toEqual([['face-unclear', 0, 3]]);
    expect(found(clear, null, clear, { ...clear, yaw: 40 }, null, null)).toEqual([]);
  });
});

it('a screen that turns into another picture was switched, unless the exam has just begun', () => {
  const samples = every(500, Array.from({ length: 60 }, (_, at) => ([3, 20, 21, 40].includes(at) ? 0.9 : 0)));
  expect(brief(screenSwitchedDetector(), samples)).toEqual([['screen-switched', 10, 11], ['screen-switched', 20, 20.5]]);
});
