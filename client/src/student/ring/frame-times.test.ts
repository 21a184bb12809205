import { describe, expect, it } from 'vitest';
import { FrameTimes } from './frame-times.js';

/** Feeds arrivals every 20 ms from `fromMs` on, `lateMs` after what the source says is now minus `clockMs`. */
function feed(times: FrameTimes, fromMs: number, untilMs: number, clockMs: number, lateMs = (_atMs: number) => 5): void {
  for (let own = fromMs; own < untilMs; own += 20) times.arrived(own - clockMs, own + lateMs(own));
}

describe('FrameTimes', () => {
  it('believes what arrives quickest', () => {
    const times = new FrameTimes(10_000);
    times.arrived(0, 1_040);
    times.arrived(100, 1_105);
    times.arrived(200, 1_290);
    expect(times.at(300)).toBe(1_305);
  });

  it('is not misled by a burst after a stall', () => {
    const times = new FrameTimes(10_000);
    feed(times, 0, 5_000, 0);
    // Nothing was handled for 5 s; then it all comes at once.
    for (let own = 5_000; own < 10_000; own += 20) times.arrived(own, 10_000 + (own - 5_000) / 1_000);
    expect(times.at(7_000)).toBe(7_005);
    feed(times, 10_020, 12_000, 0);
    expect(times.at(12_000)).toBe(12_005);
  });

  it('follows a drift of the source’s clock', () => {
    const times = new FrameTimes(10_000);
    const rate = 1.0003;
    for (let at = 0; at < 600_000; at += 20) times.arrived(at * rate, at + 5);
    expect(times.at(600_000 * rate)).toBeCloseTo(600_005, -1);
  });

  it('follows a clock that was set back within two seconds', () => {
    const times = new FrameTimes(10_000);
    feed(times, 0, 5_000, 0);
    feed(times, 5_000, 7_020, 3_000);
    expect(times.at(4_020)).toBe(7_025);
  });

  it('begins anew', () => {
    const times = new FrameTimes(10_000);
    feed(times, 0, 1_000, 0);
    times.reset();
    expect(times.at(7)).toBe(7);
    times.arrived(7, 2_000);
    expect(times.at(8)).toBe(2_001);
  });
});
