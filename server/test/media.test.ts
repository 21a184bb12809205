import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Source } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attemptById, closeDatabase, connectDatabase, segmentsOf } from '../src/store/index.js';
import type { Clip } from './media/clip.js';
import { startClip } from './media/clip.js';
import type { Fixture } from './media/fixture.js';
import { enter, eventually, makeAttempt, startFixture, tokenFor } from './media/fixture.js';
import { Student } from './media/student.js';

const run = promisify(execFile);
const sources: Source[] = ['webcam', 'microphone', 'screen'];
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

/** A student whose sources are recorded, from a new attempt or an old one. */
async function recorded(attempt: string, clip: Clip, on = fixture): Promise<Student> {
  const student = keep(await enter(on, attempt));
  await publishAndBegin(student, clip);
  return student;
}

async function publishAndBegin(student: Student, clip: Clip): Promise<void> {
  await student.join(sources);
  student.feed(clip);
  await student.request('ready');
  for (const source of sources) await student.publish(source);
  await student.request('begin');
  await student.hears(() => sources.every((source) => student.state(source) === 'recorded'));
}

/** Why an attempt was interrupted, each time. */
const causesOf = async (attempt: string) => (await attemptById(attempt))!.history.filter(({ kind }) => kind === 'interrupted').map(({ cause }) => cause);

const filesOf = async (attempt: string, track: string) =>
  (await readdir(join(fixture.segments, attempt, track))).filter((name) => name.endsWith('.webm')).sort();

async function probe(file: string): Promise<{ codecs: string[]; packets: number }> {
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'json', file],
  ]);
  const { streams } = JSON.parse(stdout) as { streams: { codec_name: string; nb_read_packets: string }[] };
  return {
    codecs: streams.map(({ codec_name: name }) => name).sort(),
    packets: streams.reduce((sum, stream) => sum + Number(stream.nb_read_packets), 0),
  };
}

describe('a student is recorded', () => {
  it('from join to finish: every segment is playable, indexed, and the attempt submitted', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const student = await recorded(attempt, clip);
    await eventually(async () => (await segmentsOf([attempt])).length >= 3);
    const { finishedAtMs } = await student.request('finish');

    const segments = await segmentsOf([attempt]);
    const [webcam, screen] = [await filesOf(attempt, 'webcam'), await filesOf(attempt, 'screen')];
    expect(segments.map(({ _id }) => _id)).toHaveLength(webcam.length + screen.length);
    expect(segments.every(({ analysis }) => analysis.state === 'pending' && analysis.tries === 0)).toBe(true);
    for (const segment of segments) {
      const { codecs, packets } = await probe(segmentFile(fixture.segments, segment));
      // Sound may begin before the first picture, in a file of its own.
      expect(codecs).toEqual([...(segment.audio ? ['opus'] : []), ...(segment.video ? ['vp8'] : [])]);
      // The last one may have been cut just before the end: what counts is that all is there.
      expect(packets).toBe((segment.audio?.frames ?? 0) + (segment.video?.frames ?? 0));
      expect(packets).toBeGreaterThan(0);
    }
    expect(segments.some(({ audio, video }) => audio && video)).toBe(true);
    const document = (await attemptById(attempt))!;
    expect(document.progress).toBe('submitted');
    expect(document.finishedAt!.getTime()).toBe(finishedAtMs);
    // From the first key frame, of which the clip has one a second, to the end. How exact the clock is, the main job's test
    // measures with a real browser: ffmpeg, which makes this clip, falls behind real time on a busy machine.
    const startedAtMs = document.startedAt!.getTime();
    for (const own of ['webcam', 'screen'].map((track) => segments.filter((segment) => segment.track === track))) {
      expect(own[0]!.startMs).toBeGreaterThan(startedAtMs - 1_000);
      expect(own[0]!.startMs).toBeLessThan(startedAtMs + 2_500);
      expect(Math.abs(own.at(-1)!.startMs + own.at(-1)!.durationMs - finishedAtMs)).toBeLessThan(1_500);
      own.slice(1).forEach(({ startMs }, index) => {
        const before = own[index]!;
        expect(Math.abs(startMs - before.startMs - before.durationMs)).toBeLessThan(100);
      });
    }
    const kinds = document.history.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['checked', 'started', 'source-on', 'submitted']));
    expect(document.endsAt!.getTime() - document.startedAt!.getTime()).toBe(3_600_000);
  });

  it('in a newer tab, and the older one is told and cut off', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const older = await recorded(attempt, clip);
    const token = await tokenFor(attempt);
    // A session that was only opened takes nothing away.
    expect(older.socket.connected).toBe(true);
    const newer = keep(await Student.connect(fixture.url, token));
    await older.hears(() => older.heard.replaced.length === 1);
    await publishAndBegin(newer, clip);
    expect(older.socket.connected).toBe(false);
    await newer.request('finish');

    const epochs = new Set((await filesOf(attempt, 'screen')).map((name) => name.split('-')[0]));
    expect(epochs.size).toBe(2);
    const webcam = (await segmentsOf([attempt])).filter(({ track }) => track === 'webcam');
    webcam.forEach((segment, index) => {
      const next = webcam[index + 1];
      if (next) expect(next.startMs).toBeGreaterThanOrEqual(segment.startMs + segment.durationMs - 100);
    });
    const kinds = (await attemptById(attempt))!.history.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['taken-over', 'interrupted', 'resumed', 'submitted']));
    expect(await causesOf(attempt)).toEqual(['taken-over']);
    expect(kinds.filter((kind) => kind === 'started')).toHaveLength(1);
  });

  it('with what each session’s browser knows of its clock, also after a reload and on another computer', async () => {
    const attempt = await makeAttempt();
    const tell = async (student: Student, ...offsets: number[]) => {
      for (const offsetMs of offsets) await student.request('clock', { estimate: { offsetMs, errorMs: 10 } });
    };
    const first = keep(await enter(fixture, attempt));
    await tell(first, 500, 505);
    const second = keep(await enter(fixture, attempt));
    await tell(second, 502);
    const third = keep(await enter(fixture, attempt));
    await tell(third, -7_000, -7_100);
    const clocks = await eventually(async () => {
      const { clocks: known } = (await attemptById(attempt))!;
      return known?.length === 4 && known;
    });
    expect(clocks.map(({ offsetMs, errorMs }) => [offsetMs, errorMs])).toEqual([[500, 10], [502, 10], [-7_000, 10], [-7_100, 10]]);
    expect(new Set(clocks.map(({ session }) => session)).size).toBe(3);
    expect(clocks[3]!.session).toBe((await attemptById(attempt))!.session!.id);
  });

  it('again, also in a new session, when the page comes back before its lost connection is noticed: nobody takes over', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const first = keep(await Student.connect(fixture.url, await tokenFor(attempt), undefined, 'page_1'));
    await publishAndBegin(first, clip);
    const second = keep(await Student.connect(fixture.url, await tokenFor(attempt), undefined, 'page_1'));
    await publishAndBegin(second, clip);
    await second.request('finish');
    const kinds = (await attemptById(attempt))!.history.map(({ kind }) => kind);
    expect(kinds).not.toContain('taken-over');
    expect(kinds).not.toContain('opened');
    expect(first.heard.replaced).toEqual([]);
    expect(await causesOf(attempt)).toEqual(['connection']);
  });

  it('until the page is closed, which is not a lost connection', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const student = keep(await Student.connect(fixture.url, await tokenFor(attempt), undefined, 'page_1'));
    await publishAndBegin(student, clip);
    student.goAway();
    await eventually(async () => (await attemptById(attempt))!.progress === 'interrupted');
    expect(await causesOf(attempt)).toEqual(['page-closed']);
    keep(await Student.connect(fixture.url, await tokenFor(attempt), undefined, 'page_2'));
    await eventually(async () => (await attemptById(attempt))!.history.at(-1)!.kind === 'opened');
  });

  it('again after the connection was lost, in the same session; startedAt stays', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const token = await tokenFor(attempt);
    const first = keep(await Student.connect(fixture.url, token));
    await publishAndBegin(first, clip);
    const before = (await attemptById(attempt))!;
    await first.close();
    await eventually(async () => (await attemptById(attempt))!.progress === 'interrupted');

    const second = keep(await Student.connect(fixture.url, token));
    await publishAndBegin(second, clip);
    await eventually(async () => (await attemptById(attempt))!.progress === 'recording');
    const after = (await attemptById(attempt))!;
    expect(after.startedAt).toEqual(before.startedAt);
    expect(after.endsAt).toEqual(before.endsAt);
    expect(after.history.find(({ kind }) => kind === 'interrupted')).toMatchObject({ cause: 'connection' });
  });

  it('again after kill -9 of the media worker, on the same socket', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const student = await recorded(attempt, clip);
    const killed = fixture.media.workerPid()!;
    process.kill(killed, 'SIGKILL');
    await student.hears(() => student.heard.mediaServerLost.length === 1);
    student.heard.recording.length = 0;
    await publishAndBegin(student, clip);
    expect(fixture.media.workerPid()).not.toBe(killed);
    await student.request('finish');

    const epochs = new Set((await filesOf(attempt, 'screen')).map((name) => name.split('-')[0]));
    expect(epochs.size).toBe(2);
    const { history } = (await attemptById(attempt))!;
    expect(history.find(({ kind }) => kind === 'interrupted')).toMatchObject({ cause: 'media-server' });
  });

  it('until a source is closed, and from when it is published again', async () => {
    const attempt = await makeAttempt();
    const clip = keep(await startClip());
    const student = keep(await enter(fixture, attempt));
    await student.join(sources);
    student.feed(clip);
    await student.request('ready');
    const ids = new Map<Source, string>();
    for (const source of sources) ids.set(source, await student.publish(source));
    await student.request('begin');
    await student.hears(() => student.state('screen') === 'recorded');
    await student.request('closeProducer', { producerId: ids.get('screen') });
    await student.hears(() => student.state('screen') === 'not-recorded not-published');
    await student.publish('screen');
    await student.hears(() => student.state('screen') === 'recorded');
  });
});
