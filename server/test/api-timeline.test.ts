import type { AttemptTimeline, Source } from '@vigil/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ReviewService } from '../src/review/review.js';
import { attemptById, Attempts, closeDatabase, connectDatabase, Courses, newId, Users, userById } from '../src/store/index.js';
import { ownDatabase } from './api-support.js';
import type { Clip } from './media/clip.js';
import { startClip } from './media/clip.js';
import type { Fixture } from './media/fixture.js';
import { enter, eventually, makeAttempt, startFixture } from './media/fixture.js';
import type { Student } from './media/student.js';

const sources: Source[] = ['webcam', 'microphone', 'screen'];
let fixture: Fixture;
let clip: Clip;

beforeAll(async () => {
  await connectDatabase(ownDatabase());
  fixture = await startFixture();
  clip = await startClip(120);
});
afterAll(async () => {
  await clip.close();
  await fixture.close();
  await closeDatabase();
});

/** The timeline as an instructor of the attempt's course gets it. */
async function timelineOf(attempt: string): Promise<AttemptTimeline> {
  const { course } = (await attemptById(attempt))!;
  const user = newId();
  const password = { salt: 's', hash: 'h', params: { N: 2, r: 8, p: 1 } };
  await Users.create({ _id: user, email: `${user}@example.org`, name: 'x', role: 'instructor', password });
  await Courses.deleteOne({ _id: course });
  await Courses.create({ _id: course, name: 'x', code: 'x', instructors: [user] });
  const review = new ReviewService({ secret: 's', publicUrl: 'http://x', backfillHours: 72, linkDays: 1, now: Date.now });
  return review.timeline((await userById(user))!, attempt);
}

async function publish(student: Student, what: readonly Source[]): Promise<void> {
  for (const source of what) await student.publish(source);
  await student.request('begin');
  await student.hears(() => what.every((source) => student.state(source) === 'recorded'));
}

async function join(attempt: string): Promise<Student> {
  const student = await enter(fixture, attempt);
  await student.join(sources);
  student.feed(clip);
  return student;
}

const gapsOf = (timeline: AttemptTimeline, track: string) => timeline.tracks.find((each) => each.track === track)!.gaps;
/** Without what a sender on a busy machine stutters. */
const realGaps = (timeline: AttemptTimeline, track: string) => gapsOf(timeline, track).filter(({ startMs, endMs }) => endMs - startMs >= 1_000);
const isMissing = (timeline: AttemptTimeline, track: string, atMs: number): string[] =>
  gapsOf(timeline, track).filter(({ startMs, endMs }) => startMs <= atMs && atMs < endMs).map(({ cause }) => cause);

test('a real recording with a lost connection: the hole is a gap with its cause, all else is there', async () => {
  const attempt = await makeAttempt();
  const first = await join(attempt);
  await first.request('ready');
  await publish(first, sources);
  await eventually(async () => (await timelineOf(attempt)).tracks.every(({ segments }) => segments.length > 0));
  const running = await timelineOf(attempt);
  expect(running.progress).toBe('recording');
  // The part that is being written is not missing.
  for (const track of ['webcam', 'screen']) expect(isMissing(running, track, running.endMs - 1)).toEqual([]);

  const lostMs = Date.now();
  await first.close();
  await eventually(async () => (await attemptById(attempt))!.progress === 'interrupted');
  const goneMs = Date.now();
  await eventually(() => Promise.resolve(Date.now() > goneMs + 2_000));
  const away = await timelineOf(attempt);
  expect(isMissing(away, 'screen', away.endMs - 1)).toEqual(['connection']);

  const second = await join(attempt);
  await publish(second, sources);
  const backMs = Date.now();
  await eventually(async () => (await timelineOf(attempt)).tracks.every(({ segments }) => segments.some(({ startMs }) => startMs > backMs)));
  const { finishedAtMs } = await second.request('finish');
  await second.close();
  const timeline = await timelineOf(attempt);
  expect(timeline).toMatchObject({ progress: 'submitted', endMs: finishedAtMs, analysis: 'pending' });
  for (const track of ['webcam', 'screen']) {
    expect(isMissing(timeline, track, goneMs + 1_000)).toEqual(track === 'webcam' ? ['connection', 'connection'] : ['connection']);
    // The first key frame may be a second away.
    const between = realGaps(timeline, track).filter(({ startMs }) => startMs > timeline.startMs);
    expect(new Set(between.map(({ cause }) => cause)), JSON.stringify(between)).toEqual(new Set(['connection']));
    for (const { startMs, endMs } of between) {
      expect(startMs).toBeGreaterThan(lostMs - 2_500);
      // The last picture stands as long as the one before it.
      expect(startMs).toBeLessThan(goneMs + 1_000);
      expect(endMs).toBeLessThan(backMs + 1_500);
    }
  }
});

test('a source that the student stops is a gap of that source alone', async () => {
  const attempt = await makeAttempt();
  const student = await join(attempt);
  await student.request('ready');
  for (const source of ['webcam', 'microphone'] as const) await student.publish(source);
  const producerId = await student.publish('screen');
  await student.request('begin');
  await student.hears(() => sources.every((source) => student.state(source) === 'recorded'));
  await eventually(async () => (await timelineOf(attempt)).tracks.every(({ segments }) => segments.length > 0));
  await student.request('closeProducer', { producerId });
  const stoppedMs = Date.now();
  await eventually(async () => (await timelineOf(attempt)).tracks[0]!.segments.some(({ startMs }) => startMs > stoppedMs + 1_000));
  const running = await timelineOf(attempt);
  expect(isMissing(running, 'screen', running.endMs - 1)).toEqual(['not-published']);
  expect(realGaps(running, 'webcam').filter(({ startMs }) => startMs > running.startMs)).toEqual([]);
  await student.request('finish');
  await student.close();
  expect(isMissing(await timelineOf(attempt), 'screen', stoppedMs + 1_000)).toEqual(['not-published']);
  expect((await Attempts.findById(attempt).lean().exec())!.progress).toBe('submitted');
});
