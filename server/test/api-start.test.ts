import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { segmentFile } from '@vigil/recorder/capture';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownDatabase, sidecarOf } from './api-support.js';
import { entry, startMain } from './main-process.js';
import type { MainProcess } from './main-process.js';
import { threeFreePorts } from './free-ports.js';

let data: string;
let uri: string;
let children: ChildProcess[];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-start-'));
  uri = ownDatabase();
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(data, { recursive: true, force: true });
});

const start = (environment: Record<string, string> = {}): MainProcess => {
  const started = startMain({ VIGIL_DATA: data, MONGODB_URI: uri, ...environment });
  children.push(started.child);
  return started;
};

const health = async (url: string): Promise<unknown> => (await fetch(`${url}/api/health`)).json();

test('makes the demo once, and prints a sign-in and a link that work at every start', async () => {
  const first = start();
  const one = await first.ready;
  expect(await health(one.url)).toEqual({ ok: true, database: true, mediaProcesses: 1, queue: { pending: 0, dead: 0 } });
  for (const file of ['keys/secret', 'demo-sign-in.txt']) expect((await stat(join(data, file))).mode & 0o777, file).toBe(0o600);
  expect(await readFile(join(data, 'demo-sign-in.txt'), 'utf8')).toContain(one.instructor.password);
  const headers = { origin: one.url, 'content-type': 'application/json', authorization: `Bearer ${new URL(one.studentLink).hash.slice(1)}` };
  const attempt = (await (await fetch(`${one.url}/api/student/attempt`, { headers })).json()) as { id: string; notice: { version: string } };
  const body = JSON.stringify({ noticeVersion: attempt.notice.version, agreed: true });
  expect((await fetch(`${one.url}/api/student/agreement`, { method: 'POST', headers, body })).status).toBe(200);
  expect(await (await fetch(`${one.url}/api/student/session`, { method: 'POST', headers })).json()).toMatchObject({ mediaUrl: '' });
  first.child.kill('SIGTERM');
  expect(await first.exit).toBe(0);

  const second = start();
  const two = await second.ready;
  expect(two.instructor.password).toBe(one.instructor.password);
  const signIn = await fetch(`${two.url}/api/session`, { method: 'POST', headers: { ...headers, origin: two.url }, body: JSON.stringify(two.instructor) });
  expect(signIn.status).toBe(200);
  // The first link was used: this one opens another attempt.
  const fresh = (await (await fetch(`${two.url}/api/student/attempt`, { headers: { authorization: `Bearer ${new URL(two.studentLink).hash.slice(1)}` } })).json()) as { id: string; progress: string };
  expect(fresh).toMatchObject({ progress: 'created' });
  expect(fresh.id).not.toBe(attempt.id);
  // The supervisor is gone: the server ends by itself.
  second.child.disconnect();
  expect(await second.exit).toBe(0);
});

test('indexes at start what a crash left out of the index, and removes old uploads', async () => {
  const media = Buffer.from('media');
  const sidecar = sidecarOf('0123456789abcdef01234567', 0, media, Date.now());
  const file = segmentFile(join(data, 'segments'), sidecar);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, media);
  await writeFile(file.replace(/webm$/, 'json'), JSON.stringify(sidecar));
  const upload = join(data, 'uploads', '0123456789abcdef01234567-0');
  await mkdir(dirname(upload));
  await writeFile(upload, media);
  await utimes(upload, 0, 0);
  const { url } = await start().ready;
  await expect(stat(upload)).rejects.toThrow('ENOENT');
  expect(await health(url)).toMatchObject({ queue: { pending: 1 } });
});

test('API and media can be processes of their own', async () => {
  const port = await threeFreePorts();
  const environment = { VIGIL_PORT: String(port), VIGIL_MEDIA_PROCESSES: '2', VIGIL_SECRET: 'a secret of 32 characters, or of more' };
  const api = start({ ...environment, VIGIL_ROLE: 'api' });
  const { url, studentLink } = await api.ready;
  expect(await health(url)).toMatchObject({ ok: false, mediaProcesses: 0 });
  const media = start({ ...environment, VIGIL_ROLE: 'media', VIGIL_MEDIA_INDEX: '0' });
  await once(media.child, 'message');
  expect(await health(url)).toMatchObject({ ok: true, mediaProcesses: 1 });
  const headers = { origin: url, 'content-type': 'application/json', authorization: `Bearer ${new URL(studentLink).hash.slice(1)}` };
  const page = await fetch(`${url}/take`);
  expect(page.headers.get('content-security-policy')).toContain(`ws://127.0.0.1:${port + 1} http://127.0.0.1:${port + 2}`);
  const { notice } = (await (await fetch(`${url}/api/student/attempt`, { headers })).json()) as { notice: { version: string } };
  await fetch(`${url}/api/student/agreement`, { method: 'POST', headers, body: JSON.stringify({ noticeVersion: notice.version, agreed: true }) });
  const session = await fetch(`${url}/api/student/session`, { method: 'POST', headers });
  expect(await session.json()).toMatchObject({ mediaUrl: `http://127.0.0.1:${port + 1}` });
  media.child.kill('SIGTERM');
  expect(await media.exit).toBe(0);
  expect(await health(url)).toMatchObject({ ok: false, mediaProcesses: 0 });
});

describe('says in a sentence', () => {
  test('that its port is taken, and by which setting to change it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { exit, said } = start({ VIGIL_PORT: String(port) });
    expect(await exit).toBe(2);
    expect(said()).toBe(`Port ${port} is taken. Stop what uses it, or set VIGIL_PORT to another one.\n`);
    taken.close();
  });

  test.each([
    [{ VIGIL_LINK_DAYS: 'soon' }, /^Please correct the configuration:\n {2}VIGIL_LINK_DAYS must be a number from 0\.01 to 400, not “soon”\. /],
    [{ VIGIL_DATA: join(entry, 'data') }, /^The folder .* cannot be made or read\./],
    [{ MONGODB_URI: '' }, /^MONGODB_URI is not set\./],
    [{ VIGIL_TLS_CERT: 'no.pem', VIGIL_TLS_KEY: 'no.pem' }, /^VIGIL_TLS_CERT=no\.pem cannot be read\./],
    [{ VIGIL_TLS_CERT: entry, VIGIL_TLS_KEY: entry }, /^VIGIL_TLS_CERT and VIGIL_TLS_KEY are not a PEM certificate/],
  ])('what is wrong with %j', async (environment, sentence) => {
    const { exit, said } = start(environment);
    expect(await exit).toBe(2);
    expect(said()).toMatch(sentence);
    expect(said()).not.toContain('    at ');
  });
});

test('a second server on the same folder is refused before it touches a file', async () => {
  await start().ready;
  // Were it let in, it would take this for a file that a crash left behind.
  const file = join(data, 'segments', '0123456789abcdef01234567', 'webcam', '1-0.webm.part');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'being written');
  const second = start();
  expect(await second.exit).toBe(2);
  expect(second.said()).toMatch(/^Another Vigil server uses the folder .* set VIGIL_DATA to another folder\.\n$/);
  expect(await readFile(file, 'utf8')).toBe('being written');
});

describe('the way to the database', () => {
  let proxy: Server;
  const sockets = new Set<Socket>();
  let port = 0;
  /** Sees what is asked of the database before that does. */
  let asked: (bytes: Buffer) => void;
  beforeEach(() => (asked = () => undefined));

  /** Passes on to the real database. */
  const open = async (): Promise<void> => {
    const target = new URL(uri);
    proxy = createServer((socket) => {
      const far = connect(Number(target.port), target.hostname);
      for (const end of [socket, far]) {
        sockets.add(end);
        end.on('error', () => undefined).on('close', () => { socket.destroy(); far.destroy(); sockets.delete(end); });
      }
      socket.on('data', (bytes) => asked(bytes));
      socket.pipe(far).pipe(socket);
    }).listen(port, '127.0.0.1');
    await once(proxy, 'listening');
    port = (proxy.address() as AddressInfo).port;
  };
  const cut = (): void => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  };
  const proxied = (): string => `mongodb://127.0.0.1:${port}${new URL(uri).pathname}?directConnection=true`;
  afterEach(cut);

  test('the start waits while it is cut, says so, and goes on when it is there', async () => {
    await open();
    cut();
    const server = start({ MONGODB_URI: proxied() });
    await server.says('The server cannot reach its database.');
    await open();
    expect(await health((await server.ready).url)).toMatchObject({ ok: true });
    expect(server.said().match(/cannot reach/g)).toHaveLength(1);
  });

  test('a start that waits can be stopped', async () => {
    await open();
    cut();
    const server = start({ MONGODB_URI: proxied() });
    await server.says('The server cannot reach its database.');
    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(0);
  });

  test('a start that is stopped in the middle of the demo ends, and the next one has it', async () => {
    await open();
    const server = start({ MONGODB_URI: proxied() });
    asked = (bytes) => {
      if (bytes.includes('Demo exam')) server.child.kill('SIGTERM');
    };
    expect(await server.exit).toBe(0);
    await expect(server.ready).rejects.toThrow('ended with 0');
    expect((await start().ready).studentLink).toContain('/take#');
  });

  test('requests are told that it is cut, and work again afterwards', async () => {
    await open();
    const server = start({ MONGODB_URI: proxied() });
    const { url, studentLink } = await server.ready;
    const ask = () => fetch(`${url}/api/student/attempt`, { headers: { authorization: `Bearer ${new URL(studentLink).hash.slice(1)}` } });
    cut();
    const away = await ask();
    expect([away.status, await away.json()]).toEqual([503, { reason: 'noDatabase', message: expect.stringContaining('cannot reach its database') as string }]);
    expect(await health(url)).toMatchObject({ ok: false, database: false });
    await open();
    await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(0);
  });
});
