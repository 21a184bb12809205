import { expect, test } from 'vitest';
import type { PaneTick, PaneView } from './pane.js';
import { Player } from './player.js';

const shown: PaneView = { state: 'playing', picture: true, cause: undefined, later: false };
const waiting: PaneView = { state: 'waiting' };
const gap = (untilMs: number): PaneView => ({ state: 'gap', cause: 'connection', untilMs });

function setUp(lengthMs = 100_000) {
  let now = 0;
  const views = { webcam: shown, screen: shown };
  const told: PaneTick[] = [];
  const follower = (name: 'webcam' | 'screen') => ({
    tick: (tick: PaneTick) => {
      told.push(tick);
      return views[name];
    },
  });
  const player = new Player({ webcam: follower('webcam'), screen: follower('screen') }, () => now, lengthMs);
  /** Lets time pass in steps of an animation frame. */
  const run = (ms: number) => {
    for (const end = now + ms; now < end; now += 20) player.tick();
    return player.tick();
  };
  player.play();
  return { player, views, told, run };
}

test('after a jump the clock waits for the slower pane, and both then run from the same place', () => {
  const { player, views, told, run } = setUp();
  views.screen = waiting;
  player.seek(40_000);
  expect(run(1_000).positionMs).toBe(40_000);
  expect(told.at(-1)?.moving).toBe(false);
  expect(told.at(-1)?.sought).toBe(true);
  views.screen = shown;
  expect(run(1_000).positionMs).toBeGreaterThan(40_900);
  expect(told.at(-1)?.sought).toBe(false);
});

test('a short lack of data does not stop the clock, a longer one does', () => {
  const { views, run } = setUp();
  run(1_000);
  views.webcam = waiting;
  const soon = run(100).positionMs;
  views.webcam = shown;
  expect(run(100).positionMs).toBeGreaterThan(soon + 80);
  views.webcam = waiting;
  const stopped = run(300).positionMs;
  expect(run(1_000).positionMs).toBe(stopped);
});

test('it waits five seconds at most, then goes on and says without whom', () => {
  const { views, run } = setUp();
  run(100);
  views.screen = waiting;
  const { positionMs, leftBehind } = run(4_900);
  expect(leftBehind).toEqual([]);
  const later = run(1_100);
  expect(later.leftBehind).toEqual(['screen']);
  expect(later.positionMs).toBeGreaterThan(positionMs + 800);
  views.screen = shown;
  expect(run(100).leftBehind).toEqual([]);
});

test('while paused nobody loses patience', () => {
  const { player, views, run } = setUp();
  player.pause();
  views.screen = waiting;
  expect(run(20_000).leftBehind).toEqual([]);
});

test('a gap on one track plays on; on all tracks it is skipped to the nearest recording after two seconds', () => {
  const { views, run } = setUp();
  views.webcam = gap(50_000);
  expect(run(3_000)).toMatchObject({ emptyUntilMs: undefined });
  views.screen = gap(30_000);
  const before = run(1_900);
  expect(before.emptyUntilMs).toBe(30_000);
  expect(before.positionMs).toBeLessThan(5_000);
  expect(run(200).positionMs).toBeGreaterThanOrEqual(30_000);
});

test('where nothing comes after, it stops instead of running through the emptiness', () => {
  const { views, run } = setUp();
  views.webcam = gap(Infinity);
  views.screen = gap(Infinity);
  const view = run(2_100);
  expect(view).toMatchObject({ playing: false, emptyUntilMs: Infinity });
  expect(view.positionMs).toBeLessThan(3_000);
});

test('it stops at the end, where the last frame is to be seen, and plays from the start again', () => {
  const { player, told, run } = setUp(1_000);
  expect(run(1_200)).toMatchObject({ playing: false, positionMs: 1_000 });
  expect(told.at(-1)?.positionMs).toBe(999);
  player.play();
  expect(run(500).positionMs).toBeLessThan(600);
});
