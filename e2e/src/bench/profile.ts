import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** A profile of V8, as its inspector gives it. Times are µs. */
const Profile = z.object({
  nodes: z.array(
    z.object({ id: z.number(), callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }) }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/** Where a process spent its time: functions by their own time, as lines of text. */
export async function summarise(file: string, most = 25): Promise<string[]> {
  const { nodes, samples, timeDeltas } = Profile.parse(JSON.parse(await readFile(file, 'utf8')));
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [id, `${functionName || '(anonymous)'}  ${place(url)}:${lineNumber + 1}`]));
  const own = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? '?';
    own.set(name, (own.get(name) ?? 0) + timeDeltas[i]!);
  });
  const idle = [...own.keys()].filter((name) => name.startsWith('(idle)') || name.startsWith('(root)'));
  for (const name of idle) own.delete(name);
  const busy = [...own.values()].reduce((sum, time) => sum + time, 0);
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, time]) => `${((100 * time) / busy).toFixed(1).padStart(6)} %  ${name}`);
}

/** The last folders of a path are enough to find a function again. */
const place = (url: string): string => url.split('/').slice(-3).join('/');
