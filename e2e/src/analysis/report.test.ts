import { describe, expect, it } from 'vitest';
import { report, type Result } from './report.js';
import { emptyTally, type Tally } from './score.js';

const tally = (some: Partial<Tally>): Tally => ({ ...emptyTally(), ms: 3_600_000, ...some });
const result = (tallies: Result['tallies'], more: Partial<Result> = {}): Result => ({ clip: 'a', condition: 'large', seconds: 3_600, cpuSeconds: 90, is: 'webcam', tallies, ...more });
const reported = (...results: Result[]): { holds: boolean; lines: string[]; last: unknown } => {
  const lines: string[] = [];
  const holds = report(results, (line) => lines.push(line));
  return { holds, lines, last: JSON.parse(lines.at(-1)!) };
};

describe('report', () => {
  it('ends with one line of JSON, null where there was nothing to judge', () => {
    const webcam = result({ 'face-absent': tally({ events: 4, hits: 3, wrong: 1, abstainedMs: 360_000 }), phone: tally({}), 'camera-dark': tally({ wrong: 5 }) });
    const { last, lines } = reported(webcam, result({ 'screen-black': tally({ events: 2, hits: 2, wrong: 2 }) }, { is: 'screen', condition: 'screen' }));
    expect(last).toEqual({
      detectors: {
        'face-absent': { recall: 0.75, precision: 0.75, abstained: 0.1 },
        phone: { recall: null, precision: null, abstained: 0 },
        'screen-black': { recall: 1, precision: 0.5, abstained: 0 },
        'camera-dark': { recall: null, precision: 0, abstained: 0 },
      },
      // What is said of the quality is no suspicion.
      falsePerHour: 3,
      timesRealTimePerCore: 20,
    });
    expect(lines.some((line) => /^screen .*screen-black 2\/2; false screen-black 2$/.test(line))).toBe(true);
  });

  it('says which goals fell short, and holds only without any', () => {
    const good = { 'face-absent': tally({ events: 20, hits: 19 }) };
    expect(reported(result(good)).holds).toBe(true);
    const missed = reported(result({ 'face-absent': tally({ events: 20, hits: 18 }) }));
    expect(missed.holds).toBe(false);
    expect(missed.lines).toContain('falls short: face-absent: recall 0.900, the goal is 0.95');
    expect(reported(result({ ...good, phone: tally({ wrong: 1 }) })).lines).toContain('falls short: phone: 1.00 false incidents an hour, the goal is 0.2');
    const blind = reported(result({ 'face-absent': tally({ events: 20, hits: 20, abstainedMs: 900_000 }) }));
    expect([blind.holds, blind.lines.includes('falls short: face-absent: judged 0.75 of the time, the goal is 0.8')]).toEqual([false, true]);
    // No goal was set for it.
    expect(reported(result({ ...good, book: tally({ events: 1, wrong: 9 }) })).holds).toBe(true);
  });
});
