import { expect, test } from '@playwright/test';
import { makeClips } from '../dist/clock/clips.js';
import { faults } from '../dist/faults/faults.js';
import { runFault } from '../dist/faults/run-fault.js';

// The whole list is `npm run e2e -- faults`.
test('network cut, then the browser killed: what was kept goes up first, and nothing is missing', async () => {
  test.setTimeout(600_000);
  const clips = await makeClips(false);
  try {
    const fault = faults.find(({ name }) => name === 'killed-offline')!;
    const { missing, where, seen, laterSeconds, evidence } = await runFault(fault, clips, console.log);
    expect(missing, where).toEqual({ webcam: 0, microphone: 0, screen: 0 });
    expect(laterSeconds).toBeGreaterThan(20);
    expect(seen).toContain('problem-screen');
    // Between the kill and the return nothing was captured: that cannot be had, and is said.
    expect(evidence).toBe('partial');
  } finally {
    await clips.stop();
  }
});
