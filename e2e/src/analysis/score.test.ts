import { describe, expect, it } from 'vitest';
import type { Kind } from './kinds.js';
import { addTallies, emptyTally, type Found, judge, type TruthEvent } from './score.js';

const at = (kind: Kind, from: number, to: number): Found => ({ kind, startMs: from * 1_000, endMs: to * 1_000 });
const clip = (truth: TruthEvent[], found: Found[]) => ({ truth, found, durationMs: 60_000 });
const absent = at('face-absent', 20, 40);

describe('judge', () => {
  it('counts an event as found once, with its delay, and its seconds without the tolerance', () => {
    expect(judge('face-absent', clip([absent], [at('face-absent', 21.5, 40)]))).toMatchObject({
      events: 1, hits: 1, wrong: 0, splits: 0, delaysMs: [1_500], eventMs: 18_000, hitMs: 17_500, wrongMs: 0, ms: 60_000, notes: [],
    }); // prettier-ignore
  });

  it('misses what is not found, and says where', () => {
    expect(judge('face-absent', clip([absent], [at('phone', 20, 40)]))).toMatchObject({ events: 1, hits: 0, wrong: 0, hitMs: 0, notes: ['face-absent missed 20.0–40.0 s'] });
  });

  it('counts a second incident for the same event as a split, and as false', () => {
    const judged = judge('face-absent', clip([absent], [at('face-absent', 20, 25), at('face-absent', 28, 40)]));
    expect(judged).toMatchObject({ hits: 1, wrong: 1, splits: 1, hitMs: 15_000, wrongMs: 0, delaysMs: [0] });
  });

  it('gives each of two events its own incident, in order of time', () => {
    const truth = [at('speech', 25, 30), at('speech', 5, 15)];
    expect(judge('speech', clip(truth, [at('speech', 26, 30), at('speech', 5.5, 15)]))).toMatchObject({ hits: 2, wrong: 0, delaysMs: [500, 1_000] });
    // One incident over both is found once.
    expect(judge('speech', clip(truth, [at('speech', 5, 30)]))).toMatchObject({ events: 2, hits: 1, wrong: 0, wrongMs: 8_000 });
  });

  it('lets an incident touch the event within the tolerance, not beyond', () => {
    expect(judge('face-absent', clip([absent], [at('face-absent', 40.2, 41)]))).toMatchObject({ hits: 1, wrong: 0 });
    expect(judge('face-absent', clip([absent], [at('face-absent', 41, 43)]))).toMatchObject({ hits: 0, wrong: 1, wrongMs: 2_000 });
  });

  it('does not take an incident that lasts all the time for a find', () => {
    expect(judge('face-absent', clip([absent], [at('face-absent', 0, 60)]))).toMatchObject({ hits: 0, wrong: 1, notes: ['face-absent false 0.0–60.0 s', 'face-absent missed 20.0–40.0 s'] });
  });

  it('counts an optional event neither way', () => {
    const optional = { ...at('person-several', 50, 60), optional: true };
    const found = [at('person-several', 50, 53), at('person-several', 56, 60)];
    for (const some of [[], found]) expect(judge('person-several', clip([optional], some))).toMatchObject({ events: 0, hits: 0, wrong: 0, wrongMs: 0, eventMs: 0 });
    // Nor does what it brings along.
    expect(judge('other-person', clip([optional], [at('other-person', 52, 58)]))).toMatchObject({ wrong: 0 });
  });

  it('does not count what another event brings along, but only there', () => {
    const covered = at('camera-black', 15, 25);
    expect(judge('face-absent', clip([covered], [at('face-absent', 15, 25)]))).toMatchObject({ events: 0, hits: 0, wrong: 0, wrongMs: 0 });
    expect(judge('face-absent', clip([covered], [at('face-absent', 30, 35)]))).toMatchObject({ wrong: 1 });
    expect(judge('phone', clip([covered], [at('phone', 15, 25)]))).toMatchObject({ wrong: 1 });
  });

  it('tells how long a detector could not judge, and what it missed meanwhile', () => {
    const phone = at('phone', 20, 40);
    const dark = at('camera-dark', 10, 32);
    expect(judge('phone', clip([phone], [dark]))).toMatchObject({ hits: 0, abstainedMs: 22_000, abstainedEvents: 1 });
    expect(judge('phone', clip([phone], [at('camera-dark', 10, 25)]))).toMatchObject({ abstainedMs: 15_000, abstainedEvents: 0 });
    expect(judge('phone', clip([phone], [dark, at('phone', 33, 40)]))).toMatchObject({ hits: 1, abstainedEvents: 0 });
    // What is said of the camera does not keep the microphone's detector from judging.
    expect(judge('speech', clip([at('speech', 20, 30)], [dark]))).toMatchObject({ abstainedMs: 0, abstainedEvents: 0 });
  });
});

it('addTallies adds up clips', () => {
  const one = judge('face-absent', clip([absent], [at('face-absent', 21, 40)]));
  expect(addTallies(one, addTallies(one, emptyTally()))).toMatchObject({ ms: 120_000, events: 2, hits: 2, delaysMs: [1_000, 1_000], hitMs: 36_000 });
});
