import type { Accommodations } from '@vigil/protocol';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { askAgain } from '../src/attempts/ask-again.js';
import { advance } from '../src/attempts/advance.js';
import { graceMs } from '../src/attempts/janitor.js';
import { attemptById, Attempts, closeDatabase, connectDatabase, Exams, setAccommodations } from '../src/store/index.js';
import type { Clip } from './media/clip.js';
import { startClip } from './media/clip.js';
import type { Fixture } from './media/fixture.js';
import { enter, makeAttempt, startFixture } from './media/fixture.js';
import type { Student } from './media/student.js';

let fixture: Fixture;
const open: { close: () => Promise<unknown> }[] = [];
const keep = <T extends { close: () => Promise<unknown> }>(thing: T): T => {
  open.push(thing);
  return thing;
};
beforeAll(async () => {
  await connectDatabase(process.env.MONGODB_URI!);
  fixture = await startFixture();
});
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});
afterAll(async () => {
  await fixture.close();
  await closeDatabase();
});

const minute = 60_000;

/** What the route does, once it is permitted. */
async function ease(attempt: string, change: Partial<Accommodations>, endsAtMs?: number): Promise<void> {
  const { accommodations: was, progress } = (await attemptById(attempt))!;
  const will = { off: [], without: [], extraMinutes: 0, ...change };
  expect(await setAccommodations(attempt, will, { was, progress: [progress], ...(endsAtMs !== undefined && { endsAt: new Date(endsAtMs) }) })).toBe(true);
}

/** Its sound alone is published. */
async function ready(attempt: string, clip: Clip): Promise<Student> {
  const student = keep(await enter(fixture, attempt));
  await student.join(['microphone', 'webcam']);
  student.feed(clip);
  await student.request('ready');
  return student;
}

it('a student who is at the checks is told; what is not recorded is refused, and the time is longer', async () => {
  const attempt = await makeAttempt();
  const student = await ready(attempt, keep(await startClip()));
  await ease(attempt, { without: ['webcam', 'screen'], extraMinutes: 30, off: ['speech'] });
  await student.hears(() => student.heard.changed.length === 1);
  expect(student.heard.changed).toEqual([{ endsAtMs: null }]);
  await expect(student.publish('webcam')).rejects.toMatchObject({ reason: 'notAllowed' });
  await student.publish('microphone');
  const { startedAtMs, endsAtMs } = await student.request('begin');
  expect(endsAtMs - startedAtMs).toBe(90 * minute);
  await student.hears(() => student.state('microphone') === 'recorded');
  expect(student.heard.recording.map(({ source }) => source)).not.toContain('webcam');
});

it('who starts in the very moment gets what was set, and starts not with what is no more recorded', async () => {
  const attempt = await makeAttempt();
  const student = await ready(attempt, keep(await startClip()));
  await student.publish('microphone');
  await ease(attempt, { without: ['webcam'], extraMinutes: 30 });
  await expect(student.request('begin')).rejects.toMatchObject({ reason: 'wrongState' });
  expect((await attemptById(attempt))!.startedAt).toBeUndefined();
  await ease(attempt, { without: ['webcam'], extraMinutes: 45 });
  const { startedAtMs, endsAtMs } = await student.request('begin');
  expect(endsAtMs - startedAtMs).toBe(105 * minute);
  expect((await attemptById(attempt))!.endsAt!.getTime()).toBe(endsAtMs);
});

it('in the exam the end moves at once, for the page and for the server’s own timer', async () => {
  const attempt = await makeAttempt();
  const student = await ready(attempt, keep(await startClip()));
  await student.publish('microphone');
  const { endsAtMs } = await student.request('begin');
  await ease(attempt, { extraMinutes: 30 }, endsAtMs + 30 * minute);
  await student.hears(() => student.heard.changed.length === 1);
  expect(student.heard.changed).toEqual([{ endsAtMs: endsAtMs + 30 * minute }]);
  // What is looked for is nothing that a student is told.
  await ease(attempt, { extraMinutes: 30, off: ['speech'] });
  const overMs = Date.now() - graceMs + 1_000;
  await ease(attempt, { extraMinutes: 5, off: ['speech'] }, overMs);
  await student.hears(() => student.heard.ended.length === 1);
  expect(student.heard.changed.slice(1)).toEqual([{ endsAtMs: overMs }]);
  expect(student.heard.ended[0]).toMatchObject({ why: 'time-over' });
});

it('who is asked again cannot start by the old agreement, and starts by what they agree to then', async () => {
  const attempt = await makeAttempt();
  const student = await ready(attempt, keep(await startClip()));
  await student.publish('microphone');
  expect(await askAgain(attempt, Date.now())).toBe(true);
  await expect(student.request('begin')).rejects.toBeDefined();
  await student.hears(() => !student.socket.connected);
  expect((await attemptById(attempt))!).toMatchObject({ progress: 'created' });
  await expect(enter(fixture, attempt)).rejects.toMatchObject({ reason: 'notAgreed' });

  const terms = { webcam: false, microphone: true, screen: 'off' as const, durationMinutes: 20, embed: false };
  await advance(attempt, 'agree', { event: { atMs: Date.now(), kind: 'agreed' }, set: { terms } });
  const again = keep(await enter(fixture, attempt));
  await again.join(['microphone', 'webcam']);
  again.feed(keep(await startClip()));
  await again.request('ready');
  await again.publish('microphone');
  await expect(again.publish('webcam')).rejects.toMatchObject({ reason: 'notAllowed' });
  const { startedAtMs, endsAtMs } = await again.request('begin');
  expect(endsAtMs - startedAtMs).toBe(20 * minute);
});

it('who has agreed keeps that when the exam becomes another, and its window holds as it is at the start', async () => {
  const attempt = await makeAttempt();
  const { exam } = (await attemptById(attempt))!;
  const terms = { webcam: false, microphone: true, screen: 'off' as const, durationMinutes: 45, embed: false };
  await Attempts.updateOne({ _id: attempt }, { terms }).exec();
  const student = keep(await enter(fixture, attempt));
  await student.join(['microphone']);
  student.feed(keep(await startClip()));
  await student.request('ready');
  await student.publish('microphone');
  await Exams.updateOne({ _id: exam }, { durationMinutes: 10, opensAt: new Date(Date.now() + minute) }).exec();
  await expect(student.request('begin')).rejects.toMatchObject({ reason: 'notOpenYet' });
  await Exams.updateOne({ _id: exam }, { opensAt: new Date(Date.now() - minute) }).exec();
  const { startedAtMs, endsAtMs } = await student.request('begin');
  expect(endsAtMs - startedAtMs).toBe(45 * minute);
  // Once begun, it is too late to ask.
  expect(await askAgain(attempt, Date.now())).toBe(false);
});
