/** The smallest delay is looked for in this many stretches of time of this length: two minutes in all. */
const STRETCHES = 6;
const STRETCH_MS = 20_000;
/** A clock that is off by this much from one report to the next was set, by whatever route the report came. */
const SET_MS = 30_000;

/**
 * From the student's NTP clock to the server's wall clock: one offset for all of a student's sources, so that they line
 * up with each other whatever the network does. The offset is the smallest `received - sent` of the last minutes: that
 * report waited least on its way. It follows a clock that drifts; a clock that is set is put back by `steps`.
 */
export class StudentClock {
  /** By how much the student's clock was set forward since the first report, ms. */
  private stepsMs = 0;
  /** Least `received - sent` of each stretch, newest first. */
  private readonly least: { sinceMs: number; offsetMs: number }[] = [];
  private offset: number | undefined;

  /** Takes out of a report's time what the clock was set by. */
  steady(ntpMs: number): number {
    return ntpMs - this.stepsMs;
  }

  /**
   * The student's clock was set forward (back: negative) just before this report.
   * @param byMs seen by a source whose media clock ran on evenly.
   */
  step(byMs: number): void {
    this.stepsMs += byMs;
  }

  /** Takes a report; returns its `steady` time. */
  observe(ntpMs: number, receivedAtMs: number): number {
    let offsetMs = receivedAtMs - this.steady(ntpMs);
    if (this.offset !== undefined && Math.abs(offsetMs - this.offset) > SET_MS) {
      // Another browser's clock, or one of both clocks was set and no source could tell: the time line goes on.
      this.step(this.offset - offsetMs);
      offsetMs = this.offset;
    }
    const newest = this.least[0];
    if (newest && receivedAtMs - newest.sinceMs < STRETCH_MS)
      newest.offsetMs = Math.min(newest.offsetMs, offsetMs);
    else {
      this.least.unshift({ sinceMs: receivedAtMs, offsetMs });
      this.least.length = Math.min(this.least.length, STRETCHES);
    }
    this.offset = Math.min(...this.least.map((stretch) => stretch.offsetMs));
    return this.steady(ntpMs);
  }

  /** Server wall clock, ms, of a `steady` time. Only after a report. */
  toServer(steadyMs: number): number {
    return steadyMs + (this.offset ?? 0);
  }
}
