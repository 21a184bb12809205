 
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding, Sidecar, Strip } from '@vigil/protocol';
import { descriptorName, onboardingKey, readConfig, segmentId, stripFiles } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import { Keys, masterKey, type KeyDocument } from '@vigil/recorder/evidence';
import pino from 'pino';
import { hashPassword } from '../src/accounts/passwords.js';
import { createApp } from '../src/http/app.js';
import type { Route } from '../src/http/route.js';
import { linkOf } from '../src/links/links.js';
import { newAttempt } from '../src/review/new-attempt.js';
import * as store from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';

export const secret = 'a secret of the tests, 32 characters or more';

/** A database of its own on the server that the test run has started. */
export function ownDatabase(): string {
  const uri = new URL(process.env.MONGODB_URI ?? 'mongodb://127.0.0.1:27017');
  uri.pathname = `/api-${randomUUID().slice(0, 8)}`;
  return uri.href;
}

export interface Api {
  url: string;
  /** Of its database. */
  uri: string;
  data: string;
  routes: readonly Route[];
  /** What the log said. */
  logged: string[];
  /** The server's clock; tests may set it. */
  clock: { now: number };
  close: () => Promise<void>;
}

/** The real application over real HTTP, with an empty database of its own, and without media. */
export async function startApi(environment: Record<string, string> = {}): Promise<Api> {
  const data = await mkdtemp(join(tmpdir(), 'vigil-api-'));
  const clientFolder = join(data, 'client');
  await mkdir(join(clientFolder, 'assets'), { recursive: true });
  await writeFile(join(clientFolder, 'student.html'), '<title>student</title>');
  await writeFile(join(clientFolder, 'instructor.html'), '<title>instructor</title>');
  await writeFile(join(clientFolder, 'assets', 'app-1a2b.js'), 'export {};');
  const uri = ownDatabase();
  await store.connectDatabase(uri);
  const logged: string[] = [];
  const clock = { now: Date.now() };
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { app, routes } = createApp({
    config: readConfig({ VIGIL_DATA: data, ...environment }),
    secret,
    publicUrl: url,
    own: { publicOrigin: '', scheme: 'http' },
    mediaOrigins: [],
    clientFolder,
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    now: () => clock.now,
  });
  const handle = app.callback();
  server.on('request', (request, response) => void handle(request, response));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await mongoose.connection.dropDatabase();
    await store.closeDatabase();
    await rm(data, { recursive: true, force: true });
  };
  return { url, uri, data, routes, logged, clock, close };
}

/** A course with all that can belong to it. */
export interface World {
  user: store.UserDocument;
  course: string;
  exam: store.ExamDocument;
  attempt: store.AttemptDocument;
  /** The token of the attempt's link. */
  token: string;
  segment: string;
  media: Buffer;
  finding: string;
  onboarding: string;
  /** Of the instructor, on the attempt. */
  note: string;
  password: string;
}

/** Makes a course, its instructor, an exam, a finished attempt, one segment and one finding. */
export async function makeWorld(api: Api, name: string): Promise<World> {
  const password = `password of ${name}`;
  const user = store.newId();
  const course = store.newId();
  await store.Users.create({ _id: user, email: `${name}@example.org`, name, role: 'instructor', password: await hashPassword(password) });
  await store.Courses.create({ _id: course, name: `Course ${name}`, code: name, instructors: [user] });
  const exam = store.newId();
  await store.Exams.create({
    _id: exam,
    course,
    title: `Exam ${name}`,
    durationMinutes: 60,
    rules: { webcam: true, microphone: true, screen: 'monitor' },
    retentionDays: 30,
    createdAt: new Date(api.clock.now),
  });
  const attempt = await newAttempt({ _id: exam, course }, { name: `Student ${name}`, email: '' }, 14, api.clock.now);
  const { segment, media } = await addSegment(api, attempt._id);
  const finding = await addFinding(api, attempt._id);
  const onboarding = await addOnboarding(api, course, attempt);
  const note = store.newId();
  await store.ReviewNotes.create({ _id: note, attempt: attempt._id, startMs: api.clock.now, endMs: api.clock.now + 1_000, text: `Note of ${name}`, by: { id: user, name }, atMs: api.clock.now });
  return {
    user: (await store.userById(user))!,
    course,
    exam: (await store.examById(exam))!,
    attempt,
    token: new URL(linkOf(secret, api.url, attempt, api.clock.now)).hash.slice(1),
    segment,
    media,
    finding,
    onboarding,
    note,
    password,
  };
}

/** The sidecar of a webcam segment with this content. */
export function sidecarOf(attempt: string, sequence: number, media: Buffer, startMs: number): Sidecar {
  return {
    version: 1,
    attempt,
    track: 'webcam',
    epoch: 1,
    sequence,
    startMs,
    durationMs: 10_000,
    video: { codec: 'vp8', width: 320, height: 240, frames: 100 },
    audio: { codec: 'opus', frames: 500 },
    bytes: media.length,
    sha256: createHash('sha256').update(media).digest('hex'),
    gaps: [],
    closedBy: 'deadline',
  };
}

async function addSegment(api: Api, attempt: string): Promise<{ segment: string; media: Buffer }> {
  const media = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));
  const sidecar = sidecarOf(attempt, 0, media, api.clock.now);
  const file = segmentFile(join(api.data, 'segments'), sidecar);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, media);
  await store.indexSegment(sidecar, api.clock.now);
  const segment = segmentId(sidecar);
  await addStrip(api, attempt, segment, { version: 1, sha256: sidecar.sha256, pictures: { width: 120, height: 90, timesMs: [0] }, sound: { peaks: 'AP8=', speech: [[0, 200]] } });
  return { segment, media };
}

/** Leaves a strip where the worker does. */
export async function addStrip({ data }: Api, attempt: string, segment: string, strip: Strip): Promise<void> {
  const folder = join(data, 'measurements', attempt);
  const files = stripFiles(segment);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, files.pictures), Buffer.from([0xff, 0xd8, 0xff, 0xd9]));
  await writeFile(join(folder, files.strip), JSON.stringify(strip));
}

async function addFinding(api: Api, attempt: string): Promise<string> {
  const _id = `${attempt}-face-absent-${api.clock.now + 1_000}`;
  const finding: Finding = {
    _id,
    attempt,
    track: 'webcam',
    kind: 'face-absent',
    startMs: api.clock.now + 1_000,
    endMs: api.clock.now + 5_000,
    confidence: 0.9,
    detector: { name: 'faces', version: '1', model: 'none', thresholds: { score: 0.5 } },
    evidence: { type: 'frame', file: `${attempt}/${_id}.jpg` },
  };
  const file = join(api.data, 'evidence', finding.evidence.file);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, Buffer.from([0xff, 0xd8, 0xff, 0xd9]));
  await store.Findings.create(finding);
  return _id;
}

/** An onboarding of which `front` was shown and passed. */
async function addOnboarding(api: Api, course: string, { _id: attempt, student }: store.AttemptDocument): Promise<string> {
  const _id = store.newId();
  const keys = new Keys(mongoose.connection.db!.collection<KeyDocument>('keys'), await masterKey('', api.data));
  const sealer = await keys.make(onboardingKey(_id));
  await mkdir(join(api.data, 'onboardings', _id), { recursive: true });
  await writeFile(join(api.data, 'onboardings', _id, `front-${attempt}`), sealer.seal(`front-${attempt}`, Buffer.from([0xff, 0xd8, 0xff, 0xd9])));
  await store.Onboardings.create({
    _id,
    person: `attempt:${attempt}`,
    scope: 'institution',
    courses: [course],
    student,
    state: 'open',
    agreements: [{ at: new Date(api.clock.now), noticeVersion: 'x', notice: 'x', document: false, room: false }],
    order: ['front', 'left'],
    steps: { front: { state: 'with-person', problems: [], tries: 1, look: attempt } },
    baseline: { front: sealer.seal(descriptorName('front'), Buffer.alloc(512)).toString('base64') },
    decisions: [],
    validUntil: new Date(api.clock.now + 86_400_000),
    createdAt: new Date(api.clock.now),
  });
  return _id;
}

/** A request as a browser on our own pages makes it; what differs is given. */
export function call(api: Api, method: string, path: string, options: { headers?: Record<string, string>; body?: unknown } = {}): Promise<Response> {
  const { headers, body } = options;
  return fetch(api.url + path, {
    method,
    headers: { origin: api.url, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** Signs in. @returns the cookie. */
export async function signIn(api: Api, { user, password }: World): Promise<string> {
  const answer = await call(api, 'POST', '/api/session', { body: { email: user.email, password } });
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie()[0]!.split(';')[0]!;
}
