import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { analyseClip } from '../analysis/analyse-clip.js';
import { about, allKinds, type Kind } from '../analysis/kinds.js';
import { allMaterials, type Material } from '../analysis/materials.js';
import { report, type Result } from '../analysis/report.js';
import { judge, type Tally, type TruthEvent } from '../analysis/score.js';

/**
 * `npm run bench -- analysis [--clip name …] [--condition name …] [--list]`: how right every detector is on the truth set, on clips of
 * our own making and on footage in which nothing happens, and what it costs. Exit status 0 only when the goals hold.
 */
const { values } = parseArgs({
  options: { clip: { type: 'string', multiple: true, default: [] }, condition: { type: 'string', multiple: true, default: [] }, list: { type: 'boolean', default: false } },
});
const startedAt = performance.now();
const say = (line: string): void => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

const all = allMaterials(say);
const names = (of: 'clip' | 'condition'): string => [...new Set(all.map((material) => material[of]))].join(', ');
for (const of of ['clip', 'condition'] as const) {
  const unknown = values[of].filter((name) => !all.some((material) => material[of] === name));
  if (unknown.length) throw new Error(`There is no ${of} '${unknown.join(', ')}'. There are: ${names(of)}`);
}
const wanted = (name: string, asked: readonly string[]): boolean => !asked.length || asked.includes(name);
const chosen = all.filter(({ clip, condition }) => wanted(clip, values.clip) && wanted(condition, values.condition));

if (values.list) {
  for (const clip of new Set(chosen.map((material) => material.clip))) {
    const those = chosen.filter((material) => material.clip === clip);
    console.log(`${clip.padEnd(24)}${those[0]!.seconds.toFixed(0).padStart(4)} s  ${those.map(({ condition }) => condition).join(', ')}`);
  }
} else {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-analysis-'));
  try {
    process.exitCode = report(await analyseAll(await makeAll(folder)), console.log) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Made extends Material {
  file: string;
  truth: TruthEvent[];
}

/** Makes the files, several side by side: afterwards the analysis has the machine to itself. */
async function makeAll(folder: string): Promise<Made[]> {
  const made: Made[] = [];
  const waiting = chosen.entries();
  const work = async (): Promise<void> => {
    for (const [index, material] of waiting) {
      const own = join(folder, `${index}`);
      await mkdir(own);
      const file = join(own, 'clip.webm');
      made[index] = { ...material, file, truth: await material.make(file, own) };
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  say(`made ${made.length} clips, ${(chosen.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(1)} min`);
  return made;
}

async function analyseAll(materials: readonly Made[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const { clip, condition, sources, baseline, file, truth } of materials) {
    const is = sources.includes('screen') ? 'screen' : sources.includes('camera') ? 'webcam' : 'sound';
    const { incidents, quality, durationMs, cpuSeconds } = await analyseClip({ [is === 'screen' ? 'screen' : 'webcam']: file, ...(baseline !== undefined && { baseline }) });
    const judged = allKinds.filter((kind) => sources.includes(about(kind).source) && (baseline !== undefined || !about(kind).needsBaseline));
    const tallies: Partial<Record<Kind, Tally>> = Object.fromEntries(judged.map((kind) => [kind, judge(kind, { truth, found: [...incidents, ...quality], durationMs })]));
    const notes = Object.values(tallies).flatMap((tally) => tally.notes);
    const seconds = durationMs / 1_000;
    say(`${clip} ${condition}, ${seconds.toFixed(0)} s, ${(seconds / cpuSeconds).toFixed(0)} × real time${notes.length ? `: ${notes.join('; ')}` : ''}`);
    results.push({ clip, condition, seconds, cpuSeconds, is, tallies });
  }
  return results;
}
