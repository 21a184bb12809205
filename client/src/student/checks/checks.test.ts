import { describe, expect, it } from 'vitest';
import { Checks, type Check, type CheckOutcome, type CheckView } from './checks.js';
import { loudness } from './level.js';

const yes: CheckOutcome = { passed: true, text: 'yes', help: [] };
const no: CheckOutcome = { passed: false, text: 'no', help: ['mend it'] };

/** Checks whose outcomes are taken from lists, one a run. */
function make(outcomes: { browser: CheckOutcome[]; screen: CheckOutcome[]; uplink: CheckOutcome[] }) {
  const order: string[] = [];
  const check = (name: keyof typeof outcomes, more: Partial<Check> = {}): Check => ({
    name,
    running: '…',
    run: () => {
      order.push(name);
      return Promise.resolve(outcomes[name].shift() ?? yes);
    },
    ...more,
  });
  let seen: CheckView[] = [];
  const checks = new Checks([check('browser'), check('screen', { beforeClick: 'press' }), check('uplink')], (views) => (seen = views));
  return { checks, order, states: () => seen.map(({ state, needsClick }) => (needsClick ? `${state}?` : state)) };
}

describe('Checks', () => {
  it('runs in order and waits for the click', async () => {
    const { checks, order, states } = make({ browser: [], screen: [], uplink: [] });
    await checks.run();
    expect(states()).toEqual(['passed', 'running?', 'waiting']);
    await checks.click('screen');
    expect(states()).toEqual(['passed', 'passed', 'passed']);
    expect(order).toEqual(['browser', 'screen', 'uplink']);
    expect(checks.passed).toBe(true);
  });

  it('stops at a failure and goes on after another try', async () => {
    const { checks, order, states } = make({ browser: [no, yes], screen: [], uplink: [] });
    await checks.run();
    expect(states()).toEqual(['failed', 'waiting', 'waiting']);
    expect(checks.views[0]).toMatchObject({ text: 'no', help: ['mend it'] });
    await checks.click('browser');
    expect(states()).toEqual(['passed', 'running?', 'waiting']);
    expect(order).toEqual(['browser', 'browser']);
  });

  it('keeps the words of a refused screen beside its button', async () => {
    const { checks, states } = make({ browser: [], screen: [no, yes], uplink: [] });
    await checks.run();
    await checks.click('screen');
    expect(states()).toEqual(['passed', 'failed?', 'waiting']);
    expect(checks.views[1]?.text).toBe('no');
    await checks.click('screen');
    expect(checks.passed).toBe(true);
  });

  it('opens a card again whose source is lost, without running the others again', async () => {
    const { checks, order, states } = make({ browser: [], screen: [], uplink: [] });
    await checks.run();
    await checks.click('screen');
    checks.lost('screen', { text: 'gone', help: [] });
    expect(states()).toEqual(['passed', 'failed?', 'passed']);
    expect(checks.passed).toBe(false);
    await checks.click('screen');
    expect(checks.passed).toBe(true);
    expect(order.filter((name) => name === 'uplink')).toHaveLength(1);
  });
});

describe('loudness', () => {
  it('is 0 for silence, 1 for full scale, and moves for a whisper', () => {
    expect(loudness(new Float32Array(64))).toBe(0);
    expect(loudness(new Float32Array(64).fill(1))).toBe(1);
    expect(loudness(new Float32Array(64).fill(0.01))).toBeCloseTo(1 / 3, 5);
  });
});
