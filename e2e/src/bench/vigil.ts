import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sidecar, type Track } from '@vigil/protocol';
import { z } from 'zod';
import { InstructorApi } from '../support/instructor-api.js';
import { startProduct } from '../support/product.js';
import { run } from '../support/run.js';
import { familyOf, theOne } from '../support/processes.js';

/** Vigil, running without recorder workers: what is measured is recording. */
export interface Vigil {
  /** Processes that are measured, by name. */
  pids: Readonly<Record<string, number>>;
  /** Links of new attempts. */
  newLinks(count: number): Promise<string[]>;
  /** VIGIL_DATA. */
  data: string;
  log(): string;
  stop(): Promise<void>;
}

/** @param profile file that SIGUSR2 to the server's process writes a profile to. */
export async function startVigil(profile?: string): Promise<Vigil> {
  const hook = fileURLToPath(new URL('profile-hook.js', import.meta.url));
  const env = profile ? { NODE_OPTIONS: `--import ${hook}`, VIGIL_BENCH_PROFILE: profile } : {};
  const product = await startProduct({ workers: 0, env });
  try {
    const family = familyOf(process.pid);
    const server = theOne(family, /server\/dist\/main\.js/).pid;
    const worker = theOne(family, /mediasoup-worker/).pid;
    const java = family.find(({ command }) => /\bjava\b/.test(command))?.pid;
    const instructor = await InstructorApi.signIn(product);
    return {
      pids: { server, 'mediasoup worker': worker, ...(java && { database: java }) },
      newLinks: async (count) => {
        const links: string[] = [];
        for (let i = 1; i <= count; i += 1) links.push((await instructor.newAttempt(`Load ${i}`)).link);
        return links;
      },
      data: product.data,
      log: () => product.log(),
      stop: () => product.stop(),
    };
  } catch (error) {
    await product.stop();
    throw error;
  }
}

/** What is in an attempt's files. */
export interface Recorded {
  webcam: number;
  microphone: number;
  screen: number;
  /** Where the record of each track begins and ends, ms since 1970. */
  fromMs: Record<Track, number>;
  toMs: Record<Track, number>;
  /** Holes that the recorder noted, as `source cause ms`. */
  gaps: string[];
  /** What is wrong with the files themselves. */
  faults: string[];
  bytes: number;
}

const Probe = z.object({ streams: z.array(z.object({ codec_type: z.enum(['video', 'audio']), nb_read_packets: z.coerce.number() })) });

/** Reads an attempt's segments as a stranger would: frames are counted by ffprobe, sizes by the file system. */
export async function recordedOf(data: string, attempt: string): Promise<Recorded> {
  const recorded: Recorded = { webcam: 0, microphone: 0, screen: 0, fromMs: { webcam: Infinity, screen: Infinity }, toMs: { webcam: 0, screen: 0 }, gaps: [], faults: [], bytes: 0 };
  for (const track of ['webcam', 'screen'] as const) {
    const folder = join(data, 'segments', attempt, track);
    const names = await readdir(folder).catch(() => []);
    const sidecars = names.filter((name) => name.endsWith('.json'));
    if (!sidecars.length) recorded.faults.push(`no segments of ${track}`);
    for (const name of names.filter((other) => other.endsWith('.part'))) recorded.faults.push(`${track}/${name} is not closed`);
    for (const name of sidecars) {
      const sidecar = Sidecar.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
      const file = join(folder, name.replace(/json$/, 'webm'));
      const { size } = await stat(file);
      if (size !== sidecar.bytes) recorded.faults.push(`${track}/${name}: ${size} bytes, not ${sidecar.bytes}`);
      recorded.bytes += size;
      recorded.fromMs[track] = Math.min(recorded.fromMs[track], sidecar.startMs);
      recorded.toMs[track] = Math.max(recorded.toMs[track], sidecar.startMs + sidecar.durationMs);
      recorded.gaps.push(...sidecar.gaps.map(({ source, cause, startMs, endMs }) => `${source} ${cause} ${Math.round(endMs - startMs)}`));
      const { stdout } = await run('ffprobe', ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_type,nb_read_packets', '-of', 'json', file]);
      for (const { codec_type: kind, nb_read_packets: packets } of Probe.parse(JSON.parse(stdout.toString())).streams)
        recorded[kind === 'audio' ? 'microphone' : track] += packets;
    }
  }
  return recorded;
}
