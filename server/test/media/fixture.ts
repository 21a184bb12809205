import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExamRules, Progress } from '@vigil/protocol';
import { readConfig } from '@vigil/protocol';
import { pino } from 'pino';
import { openSession } from '../../src/attempts/sessions.js';
import type { Media, MediaOptions } from '../../src/signalling/start-media.js';
import { startMedia } from '../../src/signalling/start-media.js';
import { Attempts, Exams, newId } from '../../src/store/index.js';
import { Student } from './student.js';

export const secret = 'a-secret-of-the-tests-that-is-long-enough';
const all: ExamRules = { webcam: true, microphone: true, screen: 'monitor' };

/** A media process inside the test, with its own folder and free ports. */
export interface Fixture {
  media: Media;
  url: string;
  /** Where segments are written. */
  segments: string;
  close: () => Promise<void>;
}

/** Starts a media process. Log lines go nowhere unless VIGIL_LOG is set. */
export async function startFixture(options: Partial<MediaOptions> & { data?: string; env?: Record<string, string> } = {}): Promise<Fixture> {
  const { data = await mkdtemp(join(tmpdir(), 'vigil-media-')), env, ...rest } = options;
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    if (!options.data) await rm(data, { recursive: true, force: true });
  };
  try {
    const media = await startMedia({
      server,
      config: readConfig({
        VIGIL_DATA: data,
        VIGIL_MEDIA_PORT: '0',
        VIGIL_WEBCAM_SEGMENT_SECONDS: '2',
        VIGIL_SCREEN_SEGMENT_SECONDS: '3',
        MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN ?? '',
        ...env,
      }),
      secret,
      publicOrigin: url,
      // Each test's media process is one of its own, not the successor of another.
      url,
      logger: pino({ level: process.env.VIGIL_LOG ?? 'silent' }),
      ...rest,
    });
    const close = async () => {
      await media.close();
      await stop();
    };
    return { media, url, segments: join(data, 'segments'), close };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An attempt of a new exam, at a point of its progress. */
export async function makeAttempt({
  rules = all,
  progress = 'checking',
  opensAt,
}: { rules?: ExamRules; progress?: Progress; opensAt?: Date } = {}): Promise<string> {
  const exam = await Exams.create({
    course: newId(),
    title: 'Exam',
    durationMinutes: 60,
    ...(opensAt && { opensAt }),
    rules,
    retentionDays: 30,
    createdAt: new Date(),
  });
  const attempt = await Attempts.create({
    exam: exam._id,
    course: exam.course,
    number: 1,
    student: { name: 'Student', email: '' },
    linkExpiresAt: new Date(Date.now() + 3_600_000),
    progress,
    history: [],
    createdAt: new Date(),
  });
  return attempt._id;
}

/** A token of a new session of the attempt. */
export const tokenFor = async (attempt: string): Promise<string> =>
  (await openSession(attempt, { secret, now: Date.now })).mediaToken;

/** Opens a session of the attempt and connects its socket. */
export const enter = async ({ url }: Fixture, attempt: string): Promise<Student> =>
  Student.connect(url, await tokenFor(attempt));

/** Reads until `get` gives something; the writes that are not waited for arrive within milliseconds. */
export async function eventually<T>(get: () => Promise<T | undefined | false | null>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await get();
    if (value !== undefined && value !== false && value !== null) return value;
    if (Date.now() > deadline) throw new Error(`did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
