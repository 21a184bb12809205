import { describe, expect, it } from 'vitest';
import { SendGate } from './send-gate.js';

function makeGate() {
  let now = 0;
  const gate = new SendGate({
    now: () => now,
    pause: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  });
  return { gate, at: () => now };
}

describe('SendGate', () => {
  it('lets everything through at first', async () => {
    const { gate, at } = makeGate();
    await gate.pass(1e9);
    await gate.pass(1e9);
    expect(at()).toBe(0);
  });

  it('keeps to the rate on average', async () => {
    const { gate, at } = makeGate();
    gate.set({ paused: false, maxBitrate: 80_000 });
    for (let i = 0; i < 4; i++) await gate.pass(10_000);
    expect(at()).toBe(3_000);
  });

  it('waits while it is paused, and goes on when that ends', async () => {
    const { gate } = makeGate();
    gate.set({ paused: true, maxBitrate: null });
    let passed = false;
    const passing = gate.pass(1).then(() => (passed = true));
    await Promise.resolve();
    gate.set({ paused: true, maxBitrate: 1_000 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(false);
    gate.set({ paused: false, maxBitrate: null });
    await passing;
    expect(passed).toBe(true);
  });
});
