import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '@vigil/protocol';
import { NewAttemptAnswer, Practice, SessionAnswer, StudentAttempt } from '@vigil/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { attemptById, Attempts, closeDatabase, connectDatabase, liveMediaNodes, segmentsOf } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { ownDatabase } from './api-support.js';
import { threeFreePorts } from './free-ports.js';
import type { MainProcess, Ready } from './main-process.js';
import { startMain } from './main-process.js';
import type { Clip } from './media/clip.js';
import { startClip } from './media/clip.js';
import { eventually } from './media/fixture.js';
import { Student } from './media/student.js';

const sources: Source[] = ['webcam', 'microphone', 'screen'];
const uri = ownDatabase();
let clip: Clip;
let data: string;
let children: ChildProcess[];
let students: Student[];
let runs: MainProcess[];
/** What no log may hold. */
let secrets: string[];

beforeAll(async () => {
  await connectDatabase(uri);
  clip = await startClip(300);
});
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-main-'));
  [children, students, runs, secrets] = [[], [], [], ['Demo student']];
});
afterEach(async () => {
  for (const student of students) await student.close();
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await mongoose.connection.dropDatabase();
  await rm(data, { recursive: true, force: true });
});
afterAll(async () => {
  await clip.close();
  await closeDatabase();
});

function run(environment: Record<string, string> = {}): MainProcess {
  const main = startMain({
    VIGIL_DATA: data,
    MONGODB_URI: uri,
    VIGIL_LOG: 'debug',
    VIGIL_WEBCAM_SEGMENT_SECONDS: '2',
    VIGIL_SCREEN_SEGMENT_SECONDS: '60',
    ...environment,
  });
  children.push(main.child);
  runs.push(main);
  return main;
}

async function start(environment?: Record<string, string>): Promise<{ main: MainProcess; ready: Ready }> {
  const main = run(environment);
  const ready = await main.ready;
  secrets.push(ready.instructor.password, ready.instructor.email, tokenOf(ready.studentLink));
  return { main, ready };
}

const tokenOf = (link: string): string => new URL(link).hash.slice(1);

type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;
const askAs = (url: string, link: string): Ask => {
  const headers = { origin: url, 'content-type': 'application/json', authorization: `Bearer ${tokenOf(link)}` };
  return async (method, path, body) => (await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })).json();
};

/** What a student's page asks over HTTP until it has a session, of the exam or of a practice. */
async function enter(url: string, link: string, practice = false): Promise<{ attempt: string; student: Student; mediaUrl: string }> {
  const ask = askAs(url, link);
  const { id, notice } = StudentAttempt.parse(await ask('GET', '/api/student/attempt'));
  await ask('POST', '/api/student/agreement', { noticeVersion: notice.version, agreed: true });
  if (practice) await ask('POST', '/api/student/practice');
  const { mediaToken, mediaUrl } = SessionAnswer.parse(await ask('POST', practice ? '/api/student/practice/session' : '/api/student/session'));
  secrets.push(mediaToken);
  const student = await Student.connect(mediaUrl || url, mediaToken, { origin: url });
  students.push(student);
  return { attempt: id, student, mediaUrl };
}

async function recordOn(student: Student): Promise<void> {
  await student.join(sources);
  student.feed(clip);
  await student.request('ready');
  for (const source of sources) await student.publish(source);
  await student.request('begin');
  await student.hears(() => sources.every((source) => student.state(source) === 'recorded'));
}

/** Names of the attempt's files by their ending. */
async function filesOf(attempt: string, ending: string): Promise<string[]> {
  const folder = join(data, 'segments', attempt);
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending));
}

const tracks = ['webcam', 'screen'] as const;
const endsOf = async (attempt: string): Promise<number[]> => {
  const segments = await segmentsOf([attempt]);
  return tracks.map((each) => Math.max(...segments.filter(({ track }) => track === each).map(({ startMs, durationMs }) => startMs + durationMs)));
};

/** A recording of which the webcam has a closed segment; the screen's first stays open, with pictures on the disk. */
async function inTheMiddle(): Promise<{ main: MainProcess; ready: Ready; attempt: string }> {
  const { main, ready } = await start();
  const { attempt, student } = await enter(ready.url, ready.studentLink);
  await recordOn(student);
  await inTheOpen(attempt);
  return { main, ready, attempt };
}

/** The webcam of an attempt has a closed segment; the screen's first is open, with pictures on the disk. */
async function inTheOpen(attempt: string): Promise<void> {
  await eventually(async () => (await segmentsOf([attempt])).length > 0);
  await eventually(async () => {
    const sizes = (await filesOf(attempt, '.part')).filter((name) => name.startsWith('screen')).map(async (name) => (await stat(join(data, 'segments', attempt, name))).size);
    return (await Promise.all(sizes).catch(() => [])).some((size) => size > 10_000);
  });
}

/** The student comes back to the next run, and finishes. */
async function goOnAndFinish(attempt: string, link: string): Promise<void> {
  const { ready } = await start();
  const { attempt: same, student } = await enter(ready.url, link);
  expect(same).toBe(attempt);
  await recordOn(student);
  await student.request('finish');
  expect((await attemptById(attempt))!.progress).toBe('submitted');
}

/** Nobody but the owner can look into what was made. */
async function expectOwnersAlone(): Promise<void> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  expect(entries.filter((entry) => entry.isFile()).length).toBeGreaterThan(4);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    expect((await stat(path)).mode & 0o777, path).toBe(entry.isDirectory() ? 0o700 : 0o600);
  }
}

async function expectNoSecretIsLogged(): Promise<void> {
  secrets.push(await readFile(join(data, 'keys', 'secret'), 'utf8'));
  const log = runs.map((run) => run.logged() + run.said()).join('');
  expect(log).toContain('"msg":"attempt started"');
  expect(log).toContain('"msg":"request"');
  for (const secret of secrets) expect(log).not.toContain(secret);
}

test('SIGTERM in the middle of a recording: all of it is durable and indexed, and the student goes on', async () => {
  const { main, ready, attempt } = await inTheMiddle();
  const stoppedMs = Date.now();
  main.child.kill('SIGTERM');
  expect(await main.exit).toBe(0);

  expect(await filesOf(attempt, '.part')).toEqual([]);
  const media = await filesOf(attempt, '.webm');
  expect(await filesOf(attempt, '.json')).toHaveLength(media.length);
  const segments = await segmentsOf([attempt]);
  expect(segments).toHaveLength(media.length);
  for (const endMs of await endsOf(attempt)) expect(stoppedMs - endMs).toBeLessThan(tailMs);
  const document = (await attemptById(attempt))!;
  expect(document.progress).toBe('interrupted');
  expect(document.history.at(-1)).toMatchObject({ kind: 'interrupted', cause: 'server' });
  await expectOwnersAlone();

  await goOnAndFinish(attempt, ready.studentLink);
  await expectNoSecretIsLogged();
});

test('kill -9 in the middle of a recording: the next start repairs, indexes and says so, and the student goes on', async () => {
  const { main, ready, attempt } = await inTheMiddle();
  const worker = Number(/"workerPid":(\d+)/.exec(main.logged())![1]);
  const closedBefore = (await segmentsOf([attempt])).length;
  const killedMs = Date.now();
  main.child.kill('SIGKILL');
  await main.exit;
  expect(await filesOf(attempt, '.part')).not.toEqual([]);
  expect((await attemptById(attempt))!.progress).toBe('recording');
  // The SFU's process does not stay behind.
  await eventually(() => Promise.resolve(!isAlive(worker)));

  await goOnAndFinish(attempt, ready.studentLink);
  expect(await filesOf(attempt, '.part')).toEqual([]);
  const segments = await segmentsOf([attempt]);
  expect(segments).toHaveLength((await filesOf(attempt, '.webm')).length);
  const first = segments.filter(({ epoch }) => epoch < killedMs);
  expect(first.length).toBeGreaterThan(closedBefore);
  expect(first.map(({ closedBy }) => closedBy)).toContain('repair');
  const { history } = (await attemptById(attempt))!;
  const { atMs, cause } = history.find(({ kind }) => kind === 'interrupted')!;
  expect(cause).toBe('server');
  expect(killedMs - atMs).toBeLessThan(tailMs);
  expect(atMs).toBeLessThan(killedMs + 1_000);
  await expectNoSecretIsLogged();
});

test('kill -9 of one media process of two: its next start restores what it recorded, and the other records on', async () => {
  const port = await threeFreePorts();
  const environment = { VIGIL_PORT: String(port), VIGIL_MEDIA_PROCESSES: '2' };
  const { ready } = await start({ ...environment, VIGIL_ROLE: 'api' });
  const startMedia = async (index: number): Promise<MainProcess> => {
    const media = run({ ...environment, VIGIL_ROLE: 'media', VIGIL_MEDIA_INDEX: String(index) });
    await once(media.child, 'message');
    return media;
  };
  const record = async (link: string): Promise<Awaited<ReturnType<typeof enter>>> => {
    const entered = await enter(ready.url, link);
    await recordOn(entered.student);
    await inTheOpen(entered.attempt);
    return entered;
  };

  const media = await startMedia(0);
  const lost = await record(ready.studentLink);
  await startMedia(1);
  // Told by its lease: the next student goes to the other.
  await eventually(async () => (await liveMediaNodes(Date.now())).some(({ sessions }) => sessions === 1));
  const goesOn = await record(await anotherLink(ready, lost.attempt));
  expect([lost.mediaUrl, goesOn.mediaUrl]).toEqual([port + 1, port + 2].map((at) => `http://127.0.0.1:${at}`));

  const killedMs = Date.now();
  media.child.kill('SIGKILL');
  await media.exit;
  expect(await filesOf(lost.attempt, '.part')).not.toEqual([]);
  await startMedia(0);
  expect(await filesOf(lost.attempt, '.part')).toEqual([]);
  const segments = await segmentsOf([lost.attempt]);
  expect(segments).toHaveLength((await filesOf(lost.attempt, '.webm')).length);
  expect(segments.map(({ closedBy }) => closedBy)).toContain('repair');
  for (const endMs of await endsOf(lost.attempt)) expect(killedMs - endMs).toBeLessThan(tailMs);
  const { progress, history } = (await attemptById(lost.attempt))!;
  expect([progress, history.at(-1)?.cause]).toEqual(['interrupted', 'server']);

  // The other's open file is still the one that it writes to.
  expect(await filesOf(goesOn.attempt, '.part')).not.toEqual([]);
  await goesOn.student.request('finish');
  const whole = await segmentsOf([goesOn.attempt]);
  expect(whole.map(({ closedBy }) => closedBy)).not.toContain('repair');
  expect(whole.filter(({ track }) => track === 'screen')).toHaveLength(1);
});

/** A link to one more attempt at the exam of this one. */
async function anotherLink({ url, instructor: { email, password } }: Ready, attempt: string): Promise<string> {
  const headers = { origin: url, 'content-type': 'application/json' };
  const signIn = await fetch(`${url}/api/session`, { method: 'POST', headers, body: JSON.stringify({ email, password }) });
  const cookie = signIn.headers.getSetCookie()[0]!.split(';')[0]!;
  const { exam } = (await attemptById(attempt))!;
  const answer = await fetch(`${url}/api/exams/${exam}/attempts`, { method: 'POST', headers: { ...headers, cookie }, body: '{"name":"Demo student"}' });
  return NewAttemptAnswer.parse(await answer.json()).link;
}

/** The sender's own end, and what waits in the recorder for the other source of its track, ms. */
const tailMs = 4_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('kill -9 in the middle of a practice: it is never indexed, and after its time nothing of it is left', async () => {
  const practiceOf = (attempt: string) => Attempts.findOne({ 'practice.of': attempt }).lean<{ _id: string }>().exec();
  const recorded = async (): Promise<string[]> => (await readdir(join(data, 'practice'), { recursive: true })).filter((name) => name.endsWith('.json'));
  const { main, ready } = await start();
  const { attempt, student } = await enter(ready.url, ready.studentLink, true);
  await recordOn(student);
  await eventually(async () => (await recorded()).length > 0);
  const { _id: practice } = (await practiceOf(attempt))!;
  main.child.kill('SIGKILL');
  await main.exit;

  const again = await start();
  const shown = Practice.parse(await askAs(again.ready.url, ready.studentLink)('GET', '/api/student/practice'));
  expect(shown.tracks.map(({ track }) => track)).toContain('webcam');
  expect(await segmentsOf([practice, attempt])).toEqual([]);
  again.main.child.kill('SIGTERM');
  await again.main.exit;

  await Attempts.updateOne({ _id: practice }, { $set: { 'practice.deleteAt': new Date(0) } });
  await start();
  expect(await readdir(join(data, 'practice'))).toEqual([]);
  expect(await attemptById(practice)).toBeNull();
  expect(await segmentsOf([practice])).toEqual([]);
});
