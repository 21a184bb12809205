import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../support/run.js';

/** Janus, running for the bench alone. */
export interface Janus {
  process: ChildProcess;
  /** Of its HTTP API. */
  url: string;
  room: number;
  /** Where its VideoRoom records. */
  recordings: string;
  log(): string;
  stop(): Promise<void>;
}

const room = 1;
const startMs = 20_000;
const rtpPorts = '50000-59999';
/** Of Debian's package: only VideoRoom and HTTP are loaded. */
const libraries = '/usr/lib';

/**
 * Starts Janus on loopback with its own configuration in `folder`: a room that records, nothing else that could cost anything.
 * @throws {Error} with what it said, when it does not start.
 */
export async function startJanus(folder: string, students: number): Promise<Janus> {
  const recordings = join(folder, 'recordings');
  await mkdir(recordings, { recursive: true });
  const port = await freePort();
  const base = await libraryFolder();
  const others = async (kind: string, keep: string): Promise<string> =>
    (await readdir(join(base, kind))).filter((name) => name.endsWith('.so') && name !== keep).join(',');
  await writeFile(
    join(folder, 'janus.jcfg'),
    `general: { configs_folder = "${folder}", plugins_folder = "${base}/plugins", transports_folder = "${base}/transports",
  events_folder = "${base}/events", loggers_folder = "${base}/loggers", debug_level = 3, session_timeout = 600 }
media: { rtp_port_range = "${rtpPorts}" }
nat: { ice_lite = true, ice_enforce_list = "lo" }
plugins: { disable = "${await others('plugins', 'libjanus_videoroom.so')}" }
transports: { disable = "${await others('transports', 'libjanus_http.so')}" }
loggers: { disable = "libjanus_jsonlog.so" }
events: { broadcast = false }
`,
  );
  await writeFile(join(folder, 'janus.transport.http.jcfg'), `general: { json = "compact", base_path = "/janus", http = true, port = ${port}, ip = "127.0.0.1", https = false }\nadmin: { admin_http = false }\n`);
  await writeFile(
    join(folder, 'janus.plugin.videoroom.jcfg'),
    `room-${room}: { description = "bench", publishers = ${students}, bitrate = 0, fir_freq = 0, audiocodec = "opus", videocodec = "vp8", record = true, rec_dir = "${recordings}", notify_joining = false }\n`,
  );
  const said: string[] = [];
  const child = spawn('janus', ['-C', join(folder, 'janus.jcfg'), '-F', folder, '-o'], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const log = (): string => said.join('').slice(-4_000);
  const url = `http://127.0.0.1:${port}/janus`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.kill();
    await gone;
    clearTimeout(late);
  };
  try {
    await Promise.race([answers(`${url}/info`), once(child, 'exit').then(() => Promise.reject(new Error('it ended'))), once(child, 'error').then(([error]) => Promise.reject(error as Error))]);
  } catch (error) {
    await stop();
    throw new Error(`Janus did not start: ${String(error)}\n${log()}`, { cause: error });
  }
  return { process: child, url, room, recordings, log, stop };
}

/** RTP packets in a recording of Janus (.mjr): a header, then each packet behind `MEET`, 4 bytes of time and its length. */
export function mjrPackets(file: Buffer): number {
  let packets = 0;
  // Behind the name of the format comes the header as JSON, with its length.
  for (let at = 10 + file.readUInt16BE(8); at + 10 <= file.length; at += 10 + file.readUInt16BE(at + 8)) packets += 1;
  return packets;
}

/** Of one recording: packets of each of its sources. Janus names the files itself. */
export async function packetsOf(recordings: string, name: string): Promise<{ packets: number; bytes: number; files: string[] }> {
  const files = (await readdir(recordings)).filter((file) => file.startsWith(`${name}-`) && file.endsWith('.mjr'));
  const contents = await Promise.all(files.map((file) => readFile(join(recordings, file))));
  return {
    packets: contents.reduce((sum, content) => sum + mjrPackets(content), 0),
    bytes: contents.reduce((sum, content) => sum + content.length, 0),
    files: files.map((file) => join(recordings, file)),
  };
}

/** Makes playable files of recordings, as an operator of Janus has to. @returns seconds of CPU. */
export async function postProcess(files: readonly string[]): Promise<number> {
  const each = files.map((file) => `janus-pp-rec '${file}' '${file}.${/audio/.test(file) ? 'opus' : 'webm'}' >/dev/null 2>&1`);
  const { stdout } = await run('sh', ['-c', [...each, 'times'].join('\n')]);
  // The last line: user and system time of all children, each as `0m0.123000s`.
  const times = stdout.toString().trim().split('\n').at(-1) ?? '';
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

async function libraryFolder(): Promise<string> {
  for (const name of await readdir(libraries)) {
    const folder = join(libraries, name, 'janus');
    if (existsSync(join(folder, 'plugins'))) return folder;
  }
  throw new Error(`Janus's plugins are not in ${libraries}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port is free');
  return address.port;
}

/** Resolves when an address answers; a server that starts refuses the connection for a moment. */
async function answers(url: string): Promise<void> {
  for (const until = Date.now() + startMs; ; ) {
    const isThere = await fetch(url).then(({ ok }) => ok, () => false);
    if (isThere) return;
    if (Date.now() > until) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
