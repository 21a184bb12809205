import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.js';

/**
 * A network namespace for the server, joined to this machine by a pair of virtual interfaces. Browsers stay outside,
 * so that what they send passes a link on which packets can be lost.
 */
export interface Network {
  /** Put before a command that is to run inside. */
  prefix: string[];
  /** The server's address. */
  address: string;
  /** Settings of a server inside: its addresses and a certificate for them, signed by nobody. */
  env: Record<string, string>;
  /** Packets to the server's UDP ports so far, and how many of them were thrown away. */
  counts(): Promise<{ passed: number; dropped: number }>;
  /** Pulls the plug at the server's end: nothing passes any more, either way, and nobody is told. */
  cut(): Promise<unknown>;
  /** Puts the plug back. */
  mend(): Promise<unknown>;
  /** What leaves the browser's side gets no more than so many kbit/s (tc-tbf), and loses so many percent of its UDP packets. */
  thin(kbps: number, lossPercent: number): Promise<void>;
  /** The line is as good as before. */
  widen(): Promise<void>;
  /** Bytes that left the browser's side so far, with their headers. */
  sentBytes(): Promise<number>;
  stop(): Promise<void>;
}

/** Makes the namespace; needs root. @param lossPercent of the UDP packets to the server that are lost, at random */
export async function makeNetwork(lossPercent: number): Promise<Network> {
  const id = `${process.pid % 100_000}`;
  const name = `vigil-${id}`;
  const [outside, inside] = [`vgo${id}`, `vgi${id}`];
  // Addresses for tests (RFC 2544): nothing real uses them. One subnet of four addresses each, so that several can run.
  const slot = process.pid % 16_384;
  const subnet = `198.18.${Math.floor(slot / 64)}`;
  const last = (slot % 64) * 4;
  const address = `${subnet}.${last + 2}`;
  const ip = (...args: string[]): Promise<unknown> => run('ip', args);
  const prefix = ['ip', 'netns', 'exec', name];
  const folder = await mkdtemp(join(tmpdir(), 'vigil-tls-'));
  const stop = async (): Promise<void> => {
    // The pair of interfaces and the rules go with the namespace.
    await ip('netns', 'del', name).catch(() => undefined);
    await ip('link', 'del', outside).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ip('netns', 'add', name);
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
    await ip('addr', 'add', `${subnet}.${last + 1}/30`, 'dev', outside);
    await ip('link', 'set', outside, 'up');
    for (const command of [`addr add ${address}/30 dev ${inside}`, `link set ${inside} up`, 'link set lo up'])
      await ip('-n', name, ...command.split(' '));
    // Lost at the receiver: a drop on the sender's side would be told to the sender, which sends again.
    const setLoss = async (percent: number): Promise<void> => {
      const loss = percent > 0 ? `iifname ${inside} meta l4proto udp numgen random mod 1000 < ${percent * 10} counter drop` : '';
      const rules = `table inet vigil\ndelete table inet vigil\ntable inet vigil {\nchain input {\ntype filter hook input priority 0;\n${loss}\niifname ${inside} meta l4proto udp counter accept\n}\n}\n`;
      await run(prefix[0]!, [...prefix.slice(1), 'nft', '-f', '-'], { input: Buffer.from(rules) });
    };
    await setLoss(lossPercent);
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    await run('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', '/CN=Vigil test', '-addext', `subjectAltName=IP:${address}`, '-keyout', key, '-out', cert,
    ]); // prettier-ignore
    return {
      prefix,
      address,
      env: { VIGIL_HOST: address, VIGIL_MEDIA_IP: address, VIGIL_TLS_KEY: key, VIGIL_TLS_CERT: cert },
      cut: () => ip('-n', name, 'link', 'set', inside, 'down'),
      mend: () => ip('-n', name, 'link', 'set', inside, 'up'),
      thin: async (kbps, percent) => {
        // 300 ms of buffer, as a home router has: more than that is dropped.
        await run('tc', ['qdisc', 'replace', 'dev', outside, 'root', 'tbf', 'rate', `${kbps}kbit`, 'burst', '3kb', 'latency', '300ms']);
        await setLoss(percent);
      },
      widen: async () => {
        await run('tc', ['qdisc', 'del', 'dev', outside, 'root']);
        await setLoss(lossPercent);
      },
      sentBytes: async () => Number(await readFile(`/sys/class/net/${outside}/statistics/tx_bytes`, 'utf8')),
      counts: async () => {
        const { stdout } = await run(prefix[0]!, [...prefix.slice(1), 'nft', 'list', 'chain', 'inet', 'vigil', 'input']);
        const count = (verdict: string): number =>
          Number(new RegExp(`counter packets (\\d+) bytes \\d+ ${verdict}`).exec(stdout.toString())?.[1] ?? 0);
        return { passed: count('accept'), dropped: count('drop') };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
