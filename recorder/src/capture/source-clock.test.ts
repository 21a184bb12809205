import { describe, expect, it } from 'vitest';
import { SourceClock } from './source-clock.js';
import { StudentClock } from './student-clock.js';

const BEGIN = 1_900_000_000_000;
const HOURS = 3_600_000;

/** A student whose clocks are off, seen by two sources. Times in ms of true time since the beginning. */
class Student {
  readonly clock = new StudentClock();
  readonly sources = [
    { clock: new SourceClock(this.clock, 90_000), rate: 90_000, first: 0xffff_0000, everyMs: 1_000 },
    { clock: new SourceClock(this.clock, 48_000), rate: 48_000, first: 123, everyMs: 5_000 },
  ] as const;
  /** By how much the student's clock is ahead. */
  ahead: (ms: number) => number = () => 0;
  /** Of the media clocks: 1 is right. */
  speed = [1, 1];
  /** How long a packet is under way. */
  delay: (ms: number) => number = () => 40;

  rtp(index: 0 | 1, ms: number): number {
    const { first, rate } = this.sources[index];
    return (first + Math.round((ms * this.speed[index]! * rate) / 1_000)) % 0x1_0000_0000;
  }

  report(index: 0 | 1, ms: number): void {
    this.sources[index].clock.report({
      ntpMs: BEGIN + ms + this.ahead(ms),
      rtpTimestamp: this.rtp(index, ms),
      receivedAtMs: BEGIN + ms + this.delay(ms),
    });
  }

  /** What the recorder makes of a frame of `ms`, ms since the beginning. */
  frame(index: 0 | 1, ms: number): number {
    return this.sources[index].clock.toServer(this.rtp(index, ms), BEGIN + ms + this.delay(ms)) - BEGIN;
  }

  /** Lets time pass with frames every 250 ms; returns the largest distances seen after `settledMs`. */
  run(untilMs: number, settledMs: number): { apart: number; off: number } {
    const last = [-Infinity, -Infinity];
    const worst = { apart: 0, off: 0 };
    for (let ms = 0; ms <= untilMs; ms += 250) {
      for (const index of [0, 1] as const) {
        if (ms % this.sources[index].everyMs === 500) this.report(index, ms);
        const time = this.frame(index, ms);
        if (!(time > last[index]!)) throw new Error(`Time ran back at ${ms}.`);
        last[index] = time;
        if (ms >= settledMs) worst.off = Math.max(worst.off, Math.abs(time - ms));
      }
      if (ms >= settledMs) worst.apart = Math.max(worst.apart, Math.abs(last[0]! - last[1]!));
    }
    return worst;
  }
}

describe('clock', () => {
  it('keeps two sources of a student together for three hours: a day off, drifting clocks, a busy network', () => {
    const student = new Student();
    student.ahead = (ms) => 24 * HOURS + ms * 80e-6;
    student.speed = [1 + 60e-6, 1 - 90e-6];
    let seed = 1;
    student.delay = (ms) => {
      seed = (seed * 16_807) % 2_147_483_647;
      return 30 + (seed % 60) + (ms % 600_000 < 45_000 ? 400 : 0);
    };
    const { apart, off } = student.run(3 * HOURS, 90_000);
    expect(apart).toBeLessThan(25);
    expect(off).toBeLessThan(140);
  });

  it.each([2_000, -2_000, -24 * HOURS])('goes on when the student’s clock is set by %d ms', (by) => {
    const student = new Student();
    student.ahead = (ms) => (ms > 60_250 ? by : 0);
    const { apart, off } = student.run(180_000, 10_000);
    expect(apart).toBeLessThan(10);
    expect(off).toBeLessThan(60);
  });

  it('guesses from the frame that was under way for the shortest time, of all that wait for a report', () => {
    const student = new Student();
    const { clock } = student.sources[1];
    // Batches of 100 ms: the first of each waits longest.
    const arrivesAt = (ms: number): number => Math.ceil((ms + 1) / 100) * 100;
    const waiting = Array.from({ length: 100 }, (_, index) => index * 20);
    for (const ms of waiting) clock.arrived(student.rtp(1, ms), BEGIN + arrivesAt(ms));
    for (const ms of waiting) expect(clock.toServer(student.rtp(1, ms), BEGIN + arrivesAt(ms)) - BEGIN).toBeCloseTo(ms + 20, 0);
  });

  it('makes good a first guess from arrivals without running backward', () => {
    const student = new Student();
    student.delay = (ms) => (ms < 400 ? 300 : 20);
    const { apart, off } = student.run(60_000, 30_000);
    expect(apart).toBeLessThan(5);
    expect(off).toBeLessThan(30);
  });

  it('jumps over the time that a sender’s media clock stood still', () => {
    const student = new Student();
    for (let ms = 500; ms < 20_000; ms += 1_000) student.report(1, ms);
    expect(student.frame(1, 20_000)).toBeCloseTo(20_040, 0);
    // For 3 s no sound was taken in, and none of it shows in the timestamps.
    const { clock } = student.sources[1];
    clock.report({ ntpMs: BEGIN + 23_500, rtpTimestamp: student.rtp(1, 20_500), receivedAtMs: BEGIN + 23_540 });
    expect(clock.toServer(student.rtp(1, 20_520), BEGIN + 23_560) - BEGIN).toBeCloseTo(23_560, 0);
  });

  it('ignores reports of a sender without a clock', () => {
    const clock = new SourceClock(new StudentClock(), 90_000);
    clock.report({ ntpMs: 0, rtpTimestamp: 5, receivedAtMs: BEGIN });
    expect(clock.synchronised).toBe(false);
  });

  it('stays near the arrival of a frame, whatever a sender’s numbers say', () => {
    const student = new Student();
    const { clock } = student.sources[1];
    student.run(3_000, 0);
    let worst = 0;
    for (let ms = 3_000; ms < 9_000; ms += 20) {
      // The numbers jump half their range, and reports foretell half a minute, again and again.
      const jumped = (student.rtp(1, ms) + (ms % 1_000 < 500 ? 0x7fff_0000 : 0)) % 0x1_0000_0000;
      if (ms % 100 === 0) clock.report({ ntpMs: BEGIN + ms + (ms % 200) * 290, rtpTimestamp: jumped, receivedAtMs: BEGIN + ms });
      worst = Math.max(worst, Math.abs(clock.toServer(jumped, BEGIN + ms) - BEGIN - ms));
    }
    expect(worst).toBeLessThan(60_001);
    const { off } = student.run(0, 0);
    expect(off).toBeLessThan(5_001);
  });
});
