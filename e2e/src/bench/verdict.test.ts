import { describe, expect, it } from 'vitest';
import type { Side } from './compare.js';
import { verdict } from './verdict.js';

const side = (name: string, cpu: Record<string, number>, more: Partial<Side> = {}): Side => ({
  name, students: 10, seconds: 20, cpu, generatorCpu: 1, idleRss: { server: 50e6 }, rss: { server: 80e6 },
  packets: 1_000, sentAgain: 0, lost: 0, missing: 0, bytes: 1e6, faults: [], afterwards: 0, ...more,
});
const judge = (vigil: Side, janus?: Side): { holds: boolean; last: unknown } => {
  const lines: string[] = [];
  const holds = verdict({ vigil, ...(janus && { janus }), profile: [] }, (line) => lines.push(line));
  return { holds, last: JSON.parse(lines.at(-1) ?? '') };
};

describe('verdict', () => {
  it('counts server and worker, not the database, for each student in percent of a core', () => {
    const { holds, last } = judge(side('Vigil', { server: 1, 'mediasoup worker': 0.6, database: 9 }), side('Janus', { janus: 2 }));
    expect(last).toEqual({ students: 10, cpuPercentPerStudent: 0.8, janusCpuPercentPerStudent: 1, ratio: 0.8, rssMbPerStudent: 3, lostPackets: 0 });
    expect(holds).toBe(true);
  });

  it('does not hold when Vigil costs more, or when something is lost, missing or broken', () => {
    const janus = side('Janus', { janus: 2 });
    expect(judge(side('Vigil', { server: 2.1 }), janus).holds).toBe(false);
    expect(judge(side('Vigil', { server: 1 }, { lost: 1 }), janus).holds).toBe(false);
    expect(judge(side('Vigil', { server: 1 }, { missing: 1 }), janus).holds).toBe(false);
    expect(judge(side('Vigil', { server: 1 }, { faults: ['no segments'] }), janus).holds).toBe(false);
  });

  it('without Janus says nothing of a ratio', () => {
    const { holds, last } = judge(side('Vigil', { server: 1 }));
    expect(last).toMatchObject({ ratio: null, janusCpuPercentPerStudent: null });
    expect(holds).toBe(true);
  });
});
