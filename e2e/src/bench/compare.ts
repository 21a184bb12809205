import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { trackOf } from '@vigil/protocol';
import { makeClips } from '../load/clips.js';
import { type StudentSent, type Target, tell } from '../load/messages.js';
import { type Janus, packetsOf, postProcess, startJanus } from './janus.js';
import { type Usage, usageOf } from './processes.js';
import { summarise } from './profile.js';
import { recordedOf, startVigil, type Vigil } from './vigil.js';

export interface CompareOptions {
  students: number;
  /** Measured for each server in all, divided among the rounds. */
  seconds: number;
  /** Servers take turns this often, so that both meet the same machine. */
  rounds: number;
  janus: boolean;
  profile: boolean;
  say: (line: string) => void;
}

/** What one server used and lost, over all rounds. */
export interface Side {
  name: string;
  students: number;
  /** Measured time, s. */
  seconds: number;
  /** CPU seconds of each process, and the load generator's beside. */
  cpu: Record<string, number>;
  generatorCpu: number;
  /** Resident memory of each process, bytes: before the first student, and the most with all of them. */
  idleRss: Record<string, number>;
  rss: Record<string, number>;
  packets: number;
  sentAgain: number;
  /** By the server's receiver reports, and by what is not in its files. */
  lost: number;
  missing: number;
  bytes: number;
  faults: string[];
  /** CPU seconds for making recordings playable, after the exam. */
  afterwards: number;
}

export interface Comparison {
  vigil: Side;
  janus?: Side;
  /** Lines for people: where the server's process spends its time. */
  profile: string[];
}

const warmUpMs = 8_000;
const generatorFile = fileURLToPath(new URL('../load/generator.js', import.meta.url));

interface Server {
  side: Side;
  pids: Readonly<Record<string, number>>;
  target(round: number): Promise<Target>;
  check(students: readonly StudentSent[]): Promise<void>;
  /** Around what is measured. */
  onWindow?: () => void;
  stop(): Promise<void>;
  log(): string;
}

/** Starts the servers, lets the students record in turns, and measures. @throws {Error} when a server or the generator fails. */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { students, rounds, say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'vigil-bench-'));
  const servers: Server[] = [];
  let generator: ChildProcess | undefined;
  try {
    say('making the clips');
    await makeClips(folder);
    say(`starting Vigil${options.janus ? ' and Janus' : ''}`);
    const profileFile = options.profile ? join(folder, 'server.cpuprofile') : undefined;
    servers.push(vigilServer(await startVigil(profileFile), students, options.profile));
    if (options.janus) {
      const janusFolder = join(folder, 'janus');
      await mkdir(janusFolder);
      servers.push(janusServer(await startJanus(janusFolder, students), students));
    }
    generator = fork(generatorFile, [folder], { serialization: 'advanced' });
    for (let round = 0; round < rounds; round += 1)
      for (const server of servers) await measure(server, generator, round, options);
    for (const server of servers) await server.stop();
    const [vigil, janus] = servers.map(({ side }) => side);
    return { vigil: vigil!, ...(janus && { janus }), profile: profileFile ? await summarise(profileFile) : [] };
  } catch (error) {
    for (const server of servers) say(`${server.side.name} said:\n${server.log().slice(-3_000)}`);
    throw error;
  } finally {
    generator?.disconnect();
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(server: Server, generator: ChildProcess, round: number, { students, seconds, rounds, say }: CompareOptions): Promise<void> {
  const { side, pids } = server;
  const usage = (): Record<string, Usage> => mapValues(pids, usageOf);
  if (round === 0) side.idleRss = mapValues(usage(), ({ rssBytes }) => rssBytes);
  say(`round ${round + 1} of ${rounds}: ${students} students enter ${side.name}`);
  await tell(generator, { do: 'enter', target: await server.target(round) }, 60_000 + students * 3_000);
  await pause(warmUpMs);
  const [before, generatorBefore, startedAt] = [usage(), usageOf(generator.pid!), performance.now()];
  server.onWindow?.();
  await pause((seconds / rounds) * 1_000);
  server.onWindow?.();
  const [after, generatorAfter] = [usage(), usageOf(generator.pid!)];
  side.seconds += (performance.now() - startedAt) / 1_000;
  side.generatorCpu += generatorAfter.cpuSeconds - generatorBefore.cpuSeconds;
  for (const [name, { cpuSeconds, rssBytes }] of Object.entries(after)) {
    side.cpu[name] = (side.cpu[name] ?? 0) + cpuSeconds - before[name]!.cpuSeconds;
    side.rss[name] = Math.max(side.rss[name] ?? 0, rssBytes);
  }
  const sent = await tell(generator, { do: 'finish' });
  for (const { recording, sent: sources } of sent)
    for (const [source, { packets, again, lost, reports }] of Object.entries(sources)) {
      side.packets += packets;
      side.sentAgain += again;
      side.lost += lost;
      if (!reports) side.faults.push(`${recording}: the server never reported on ${source}`);
    }
  await server.check(sent);
}

const emptySide = (name: string, students: number): Side => ({
  name, students, seconds: 0, cpu: {}, generatorCpu: 0, idleRss: {}, rss: {}, packets: 0, sentAgain: 0, lost: 0, missing: 0, bytes: 0, faults: [], afterwards: 0,
});

function vigilServer(vigil: Vigil, students: number, profile: boolean): Server {
  const side = emptySide('Vigil', students);
  return {
    side,
    pids: vigil.pids,
    target: async () => ({ kind: 'vigil', links: await vigil.newLinks(students) }),
    check: async (all) => {
      for (const { recording, sent } of all) {
        const recorded = await recordedOf(vigil.data, recording);
        side.bytes += recorded.bytes;
        side.faults.push(...[...recorded.faults, ...recorded.gaps].map((fault) => `${recording}: ${fault}`));
        for (const source of ['webcam', 'microphone', 'screen'] as const) {
          const missing = sent[source].frames - recorded[source];
          // Silence may have been filled in between real sound; a picture too many would be one written twice.
          if (missing < 0 && source !== 'microphone') side.faults.push(`${recording}: ${-missing} frames of ${source} too many`);
          if (missing <= 0) continue;
          side.missing += missing;
          const [late, early] = [recorded.fromMs[trackOf(source)] - sent[source].firstAtMs, sent[source].lastAtMs - recorded.toMs[trackOf(source)]];
          side.faults.push(`${recording}: ${missing} frames of ${source} are missing (its track begins ${late} ms after what was sent, and ends ${early} ms before)`);
        }
      }
    },
    ...(profile && { onWindow: () => process.kill(vigil.pids['server']!, 'SIGUSR2') }),
    stop: () => vigil.stop(),
    log: () => vigil.log(),
  };
}

function janusServer(janus: Janus, students: number): Server {
  const side = emptySide('Janus', students);
  return {
    side,
    pids: { janus: janus.process.pid! },
    target: (round) =>
      Promise.resolve({ kind: 'janus', url: janus.url, room: janus.room, names: Array.from({ length: students }, (_, i) => `round${round}student${i}`) }),
    check: async (all) => {
      for (const { recording, sent } of all) {
        const { packets, bytes, files } = await packetsOf(janus.recordings, recording);
        side.bytes += bytes;
        const wanted = Object.values(sent).reduce((sum, source) => sum + source.packets, 0);
        side.missing += Math.max(0, wanted - packets);
        side.afterwards += await postProcess(files);
      }
    },
    stop: () => janus.stop(),
    log: () => janus.log(),
  };
}

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
