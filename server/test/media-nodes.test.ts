import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeathWatch } from '../src/attempts/death-watch.js';
import { sweepAttempts } from '../src/attempts/janitor.js';
import { MediaNode, renewMs } from '../src/attempts/media-node.js';
import { openSession } from '../src/attempts/sessions.js';
import { attemptById, Attempts, closeDatabase, connectDatabase, listedMediaNodes, MediaNodes } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { ownDatabase } from './api-support.js';
import { eventually, makeAttempt, secret, startFixture } from './media/fixture.js';

const logger = pino({ level: 'silent' });

beforeAll(() => connectDatabase(ownDatabase()));
afterEach(async () => {
  await MediaNodes.deleteMany({});
  await Attempts.deleteMany({});
});
afterAll(async () => {
  await mongoose.connection.dropDatabase();
  await closeDatabase();
});

/** An attempt that a media process records. */
async function recordedBy(node: string): Promise<string> {
  const attempt = await makeAttempt({ progress: 'recording' });
  await Attempts.updateOne({ _id: attempt }, { session: { id: 'session', node, since: new Date() }, startedAt: new Date() });
  return attempt;
}
const progressOf = async (attempt: string): Promise<string> => (await attemptById(attempt))!.progress;

describe('leases that ran out together, because the database was away:', () => {
  let clock: number;
  let steadySinceMs: number;
  let attempt: string;
  let sweep: () => Promise<void>;
  const lease = (node: string, leaseMs: number): Promise<unknown> => MediaNodes.updateOne({ _id: node }, { leaseUntil: new Date(leaseMs) }).exec();
  const mediaUrl = async (): Promise<string> => (await openSession(attempt, { secret, now: () => clock })).mediaUrl;

  /** Process `b` has renewed its lease already; `a`, which records, has not. */
  async function outage(): Promise<void> {
    clock = Date.now();
    steadySinceMs = clock;
    const leaseUntil = new Date(clock - 30_000);
    await MediaNodes.create(['a', 'b'].map((_id) => ({ _id, url: `http://${_id}`, sessions: 1, leaseUntil })));
    await lease('b', clock + 10_000);
    attempt = await recordedBy('a');
    const watch = new DeathWatch(renewMs);
    sweep = () => sweepAttempts({ node: { id: 'b', owns: () => false, steadySinceMs: () => steadySinceMs }, now: () => clock, logger }, watch);
    await sweep();
  }

  it('nothing is taken from a process that had no time to renew', async () => {
    await outage();
    expect(await progressOf(attempt)).toBe('recording');
    await expect(mediaUrl()).rejects.toThrow(expect.objectContaining({ reason: 'noMedia' }));
    clock += renewMs;
    await lease('a', clock + 10_000);
    await sweep();
    expect(await progressOf(attempt)).toBe('recording');
    expect(await mediaUrl()).toBe('http://a');
  });

  it('one that does not renew is dead, and its students go to another', async () => {
    await outage();
    clock += renewMs + 1;
    await sweep();
    expect((await listedMediaNodes()).map(({ _id }) => _id)).toEqual(['b']);
    expect(await progressOf(attempt)).toBe('interrupted');
    expect(await mediaUrl()).toBe('http://b');
  });

  it('one is not called dead by a process that lost the database again', async () => {
    await outage();
    clock += renewMs + 1;
    steadySinceMs = Infinity;
    await sweep();
    expect(await progressOf(attempt)).toBe('recording');
    await expect(mediaUrl()).rejects.toThrow(expect.objectContaining({ reason: 'noMedia' }));
  });
});

it('a media process knows since when it renews its lease in time', async () => {
  let clock = 1_000_000;
  const node = await MediaNode.register({ id: 'own', url: 'http://own', sessions: () => 0, now: () => clock, logger });
  try {
    expect(node.steadySinceMs).toBe(1_000_000);
    clock += 2 * renewMs;
    expect(node.steadySinceMs).toBe(1_000_000);
    clock += 1;
    expect(node.steadySinceMs).toBe(Infinity);
    await eventually(() => Promise.resolve(node.steadySinceMs === clock));
  } finally {
    await node.close();
  }
});

it('a running media process gives up the one that is dead, not before it is sure', async () => {
  await MediaNodes.create({ _id: 'dead', url: 'http://dead', sessions: 1, leaseUntil: new Date(Date.now() - 1) });
  const attempt = await recordedBy('dead');
  const fixture = await startFixture();
  try {
    // It has swept once.
    expect(await progressOf(attempt)).toBe('recording');
    await eventually(async () => (await progressOf(attempt)) === 'interrupted');
    expect((await listedMediaNodes()).map(({ _id }) => _id)).toEqual([fixture.media.nodeId]);
  } finally {
    await fixture.close();
  }
});
