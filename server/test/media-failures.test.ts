import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sidecar, Source } from '@vigil/protocol';
import { ConfigError } from '@vigil/protocol';
import type { AttemptRecorderOptions } from '@vigil/recorder/capture';
import { createAttemptRecorder, ENDINGS, segmentFile } from '@vigil/recorder/capture';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../src/attempts/sessions.js';
import {
  Attempts,
  MediaNodes,
  attemptById,
  closeDatabase,
  connectDatabase,
  indexSegment,
  liveMediaNodes,
  newId,
  segmentsOf,
} from '../src/store/index.js';
import { sidecarOf } from './api-support.js';
import type { Clip } from './media/clip.js';
import { startClip } from './media/clip.js';
import { enter, eventually, makeAttempt, secret, startFixture, tokenFor } from './media/fixture.js';
import { patienceMs, Student } from './media/student.js';

const sources: Source[] = ['webcam', 'microphone', 'screen'];
const open: { close: () => Promise<unknown> }[] = [];
const keep = <T extends { close: () => Promise<unknown> }>(thing: T): T => {
  open.unshift(thing);
  return thing;
};

/** The way to the database, which can be cut. */
class Cable {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  readonly #target = new URL(process.env.MONGODB_URI!.replace('mongodb://', 'http://'));

  get uri(): string {
    return `mongodb://127.0.0.1:${this.#port}/?directConnection=true`;
  }

  /** Idempotent. */
  async mend(): Promise<void> {
    if (this.#server) return;
    const server = createServer((near) => {
      const far = connect(Number(this.#target.port), this.#target.hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => {
          near.destroy();
          far.destroy();
          this.#sockets.delete(socket);
        });
      }
      near.pipe(far).pipe(near);
    }).listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async cut(): Promise<void> {
    const server = this.#server!;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

const cable = new Cable();
let clip: Clip;

beforeAll(async () => {
  await cable.mend();
  await connectDatabase(cable.uri, 1_000);
  clip = await startClip(300);
});
afterEach(async () => {
  await cable.mend();
  for (const thing of open.splice(0)) await thing.close();
});
afterAll(async () => {
  await clip.close();
  await closeDatabase();
  await cable.cut();
});

async function publishAndBegin(student: Student): Promise<void> {
  await student.join(sources);
  student.feed(clip);
  await student.request('ready');
  for (const source of sources) await student.publish(source);
  await student.request('begin');
  await student.hears(() => sources.every((source) => student.state(source) === 'recorded'));
}

describe('the database goes away in the middle of an attempt', () => {
  it('recording and rejoining go on; all is indexed when it is back', async () => {
    const fixture = keep(await startFixture());
    const attempt = await makeAttempt();
    const token = await tokenFor(attempt);
    const first = keep(await Student.connect(fixture.url, token));
    await publishAndBegin(first);

    await cable.cut();
    await first.close();
    const second = keep(await Student.connect(fixture.url, token));
    await publishAndBegin(second);
    const files = async () =>
      (await readdir(join(fixture.segments, attempt, 'webcam'))).filter((name) => name.endsWith('.webm')).length;
    const before = await files();
    await eventually(async () => (await files()) >= before + 1);
    await expect(second.request('finish')).rejects.toThrow(expect.objectContaining({ reason: 'noDatabase' }));

    await cable.mend();
    // The database's driver, too, has to notice that it is back.
    const { finishedAtMs } = await eventually(() => second.request('finish').catch(() => undefined));
    const document = (await attemptById(attempt))!;
    expect(document).toMatchObject({ progress: 'submitted', finishedAt: new Date(finishedAtMs) });
    expect(document.history.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['interrupted', 'resumed']));
    expect(document.history.filter(({ kind }) => kind === 'submitted')).toHaveLength(1);
    const indexed = (await segmentsOf([attempt])).filter(({ track }) => track === 'webcam');
    expect(indexed).toHaveLength(await files());
  });

  it('a new start is refused with a reason, and works when it is back', async () => {
    const fixture = keep(await startFixture());
    const student = keep(await enter(fixture, await makeAttempt({ progress: 'ready' })));
    await student.join(sources);
    await cable.cut();
    await expect(student.request('begin')).rejects.toThrow(expect.objectContaining({ reason: 'noDatabase' }));
    await cable.mend();
    await eventually(() => student.request('begin').catch(() => undefined));
  });
});

describe('the media process', () => {
  it('closes in order: recordings are durable, attempts interrupted by the server, nothing is left', async () => {
    const data = await mkdtemp(join(tmpdir(), 'vigil-media-'));
    keep({ close: () => rm(data, { recursive: true, force: true }) });
    const fixture = await startFixture({ data });
    const attempt = await makeAttempt();
    const student = keep(await enter(fixture, attempt));
    await publishAndBegin(student);
    const pid = fixture.media.workerPid()!;
    await fixture.close();
    const document = (await attemptById(attempt))!;
    expect(document.progress).toBe('interrupted');
    expect(document.history.find(({ kind }) => kind === 'interrupted')).toMatchObject({ cause: 'server' });
    const names = await readdir(join(data, 'segments', attempt, 'webcam'));
    expect(names.filter((name) => !/\.(webm|json)$/.test(name))).toEqual([]);
    expect((await segmentsOf([attempt])).length).toBeGreaterThanOrEqual(2);
    expect(() => process.kill(pid, 0)).toThrow();
    expect((await liveMediaNodes(Date.now())).map(({ _id }) => _id)).not.toContain(fixture.media.nodeId);
    await expect(tokenFor(attempt)).rejects.toThrow(expect.objectContaining({ reason: 'noMedia' }));
  });

  it('sets right what a dead one left behind', async () => {
    const left = await makeAttempt({ progress: 'recording' });
    const late = await makeAttempt({ progress: 'interrupted' });
    const startedAt = new Date(Date.now() - 600_000);
    const session = { id: 'old', node: 'dead', since: startedAt };
    await Attempts.updateOne({ _id: left }, { $set: { startedAt, session, endsAt: new Date(Date.now() + 600_000) } });
    const endsAt = new Date(Date.now() - 300_000);
    await Attempts.updateOne({ _id: late }, { $set: { startedAt, endsAt } });
    const segment: Sidecar = {
      version: 1,
      attempt: left,
      track: 'webcam',
      epoch: startedAt.getTime(),
      sequence: 0,
      startMs: startedAt.getTime(),
      durationMs: 20_000,
      bytes: 1,
      sha256: '0'.repeat(64),
      gaps: [],
      closedBy: 'repair',
    };
    await indexSegment(segment, Date.now());

    const fixture = keep(await startFixture());
    // Nobody has repaired these: the dead process has not come back, and a running one leaves them until it takes the attempt.
    const unclosed = segmentFile(fixture.segments, { ...segment, sequence: 1 }, ENDINGS.part);
    await mkdir(dirname(unclosed), { recursive: true });
    await writeFile(unclosed, 'not a whole picture');
    const media = Buffer.from('media');
    const unindexed = { ...sidecarOf(left, 2, media, startedAt.getTime()), epoch: segment.epoch };
    await writeFile(segmentFile(fixture.segments, unindexed), media);
    await writeFile(segmentFile(fixture.segments, unindexed, ENDINGS.sidecar), JSON.stringify(unindexed));
    const interrupted = (await attemptById(left))!;
    expect(interrupted.progress).toBe('interrupted');
    expect(interrupted.history.at(-1)).toMatchObject({
      kind: 'interrupted',
      cause: 'server',
      atMs: startedAt.getTime() + 20_000,
    });
    const submitted = (await attemptById(late))!;
    expect(submitted.progress).toBe('submitted');
    expect(submitted.finishedAt).toEqual(new Date(endsAt.getTime() + 120_000));
    // The student comes back to another process and goes on.
    const student = keep(await enter(fixture, left));
    expect(await readdir(dirname(unclosed))).not.toContain(basename(unclosed));
    expect((await segmentsOf([left])).map(({ sequence }) => sequence).sort()).toEqual([0, 2]);
    await publishAndBegin(student);
    expect((await attemptById(left))!.startedAt).toEqual(startedAt);
  });

  it('names the port and the setting when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    keep({ close: () => new Promise((resolve) => other.close(resolve)) });
    const start = startFixture({ env: { VIGIL_MEDIA_PORT: `${port}` } });
    await expect(start).rejects.toThrow(ConfigError);
    await expect(start).rejects.toThrow(new RegExp(`${port}.*VIGIL_MEDIA_PORT`));
  });

  it('an attempt stays on its process while that lives; a new one goes to the least busy', async () => {
    await MediaNodes.deleteMany({});
    const now = Date.now();
    const soon = new Date(now + 60_000);
    await MediaNodes.create([
      { _id: 'busy', url: 'http://busy', leaseUntil: soon, sessions: 5 },
      { _id: 'idle', url: 'http://idle', leaseUntil: soon, sessions: 1 },
      { _id: 'dead', url: 'http://dead', leaseUntil: new Date(now - 1), sessions: 0 },
    ]);
    keep({ close: () => MediaNodes.deleteMany({}) });
    const options = { secret, now: () => now };
    const attempt = await makeAttempt();
    expect((await openSession(attempt, options)).mediaUrl).toBe('http://idle');
    await MediaNodes.updateOne({ _id: 'idle' }, { $set: { sessions: 50 } });
    expect((await openSession(attempt, options)).mediaUrl).toBe('http://idle');
    expect((await openSession(await makeAttempt(), options)).mediaUrl).toBe('http://busy');
    await expect(openSession(newId(), options)).rejects.toThrow(expect.objectContaining({ reason: 'notFound' }));
  });

  it('a worker that does not start again keeps nobody from finishing, and the process from stopping', async () => {
    const data = await mkdtemp(join(tmpdir(), 'vigil-media-'));
    keep({ close: () => rm(data, { recursive: true, force: true }) });
    const workerBin = join(data, 'worker');
    await symlink(process.env.MEDIASOUP_WORKER_BIN!, workerBin);
    const fixture = await startFixture({ env: { MEDIASOUP_WORKER_BIN: workerBin } });
    const attempt = await makeAttempt();
    const student = keep(await enter(fixture, attempt));
    await publishAndBegin(student);
    const other = keep(await enter(fixture, await makeAttempt()));

    await rm(workerBin);
    process.kill(fixture.media.workerPid()!, 'SIGKILL');
    await student.hears(() => student.heard.mediaServerLost.length === 1);
    const noMedia = expect.objectContaining({ reason: 'noMedia' }) as Error;
    const join1 = expect(student.request('join')).rejects.toThrow(noMedia);
    await student.request('finish');
    await join1;
    expect((await attemptById(attempt))!.progress).toBe('submitted');

    // In a queue: one after the other they would wait for half a minute.
    const joins = Array.from({ length: 10 }, () => other.raw('join', {}).catch(() => undefined));
    await other.raw('nothing', {}).catch(() => undefined);
    const closed = fixture.close();
    await expect(Promise.race([closed.then(() => 'closed'), pause(patienceMs, 'waits', { ref: false })])).resolves.toBe('closed');
    other.socket.disconnect();
    await Promise.all(joins);
  });

  it('records no more of a student who sends without bound than fits', async () => {
    let bytes = 0;
    const fixture = keep(
      await startFixture({
        createRecorder: (options) => {
          const recorder = createAttemptRecorder(options);
          return {
            ...recorder,
            addSource: (source, format) => {
              const input = recorder.addSource(source, format);
              return {
                rtp: (packet) => void (bytes += packet.length),
                senderReport: () => undefined,
                setMuted: () => undefined,
                close: (cause) => input.close(cause),
              };
            },
          };
        },
      }),
    );
    const student = keep(await enter(fixture, await makeAttempt({ progress: 'ready' })));
    await student.join(['microphone']);
    await student.publish('microphone');
    await student.request('begin');
    const beganMs = Date.now();
    await student.flood('microphone', (sent) => sent < 15_000);
    await eventually(() => Promise.resolve(bytes > 7_000_000));
    await student.request('finish');
    expect(bytes).toBeLessThan(8_000_000 + ((Date.now() - beganMs) / 1_000) * 250_000);
  });

  it('records anew, after a gap, where a recorder failed', async () => {
    const failures: AttemptRecorderOptions['onFailure'][] = [];
    const fixture = keep(
      await startFixture({
        createRecorder: (options) => {
          failures.push(options.onFailure);
          return createAttemptRecorder(options);
        },
      }),
    );
    const attempt = await makeAttempt();
    const student = keep(await enter(fixture, attempt));
    await publishAndBegin(student);
    failures[0]!(new Error('of the test'));
    await student.hears(() => student.heard.mediaServerLost.length === 1);
    student.heard.recording.length = 0;
    await publishAndBegin(student);
    // A recorder that is not in use any more takes nothing away.
    failures[0]!(new Error('of the test'));
    await student.request('finish');
    expect(student.heard.mediaServerLost).toHaveLength(1);
    const { history } = (await attemptById(attempt))!;
    expect(history.find(({ kind }) => kind === 'interrupted')).toMatchObject({ cause: 'unknown' });
  });

  it('tells the student that the disk fails, and that it is well again', async () => {
    let disk: AttemptRecorderOptions['onDisk'] | undefined;
    const fixture = keep(
      await startFixture({
        createRecorder: (options) => {
          disk = options.onDisk;
          return createAttemptRecorder(options);
        },
      }),
    );
    const attempt = await makeAttempt();
    const student = keep(await enter(fixture, attempt));
    await publishAndBegin(student);
    disk!('failing', new Error('no room'));
    await student.hears(() => sources.every((source) => student.state(source) === 'not-recorded disk'));
    disk!('ok');
    await student.hears(() => sources.every((source) => student.state(source) === 'recorded'));
    await student.request('finish');
    const kinds = (await attemptById(attempt))!.history.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['disk-full', 'disk-ok']));
  });
});
