import { link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AttemptAnalysis, AttemptEvent, ExamRules, Finding, SegmentDocument, Sidecar, Track } from '@vigil/protocol';
import { judgedBy, segmentId, stripFiles } from '@vigil/protocol';
import { ENDINGS, segmentFile } from '@vigil/recorder/capture';
import { type Db, MongoClient, ObjectId } from 'mongodb';
import type { Product } from '../support/product.js';
import { type Planned, planClass } from './class.js';
import type { Media } from './media.js';

/** What was put there. */
export interface Seeded {
  /** The exam with the large class. */
  exam: string;
  attempts: number;
  segments: number;
  /** The attempt of 3 h, finished and analysed. */
  long: string;
  /** A word that stood on some screens, and on how many. */
  word: string;
  wordAttempts: number;
  /** Exams of the same instructors: with attempts that never started, and without any; and one of a course that is not theirs. */
  quiet: { exam: string; attempts: string[] };
  empty: string;
  foreign: string;
  /** One attempt each that is in this state. */
  examples: Record<keyof typeof examples, string>;
  /** Teaches the same courses; has the same password as the first instructor. */
  second: { email: string; name: string };
}

const examples = {
  notStarted: (plan: Planned) => plan.progress === 'created' && !plan.opened,
  declined: (plan: Planned) => plan.declined,
  /** Finished, with a few findings. */
  ordinary: (plan: Planned) => plan.evidence === 'complete' && plan.analysis === 'done' && plan.findings.length > 2 && plan.findings.length < 7,
  recording: (plan: Planned) => plan.progress === 'recording',
  interrupted: (plan: Planned) => plan.progress === 'interrupted',
  incomplete: (plan: Planned) => plan.evidence === 'partial',
  waiting: (plan: Planned) => plan.analysis === 'pending',
  failed: (plan: Planned) => plan.analysis === 'failed',
};

interface Text {
  _id: string;
  attempt: string;
  startMs: number;
  endMs: number;
  text: string;
}
type Documents = Record<'attempts' | 'segments' | 'findings' | 'attemptAnalyses' | 'screenTexts', object[]>;

const rules: ExamRules = { webcam: true, microphone: true, screen: 'monitor' };
const newId = (): string => new ObjectId().toHexString();
const word = 'helpdesk-for-exams.example';
/** Another media process, as the database knows it: what it records is not this one's to end. */
const otherNode = 'seeded-node';
const heard = new Set(['speech', 'voices-several', 'sound-clipped']);
const onScreen = new Set(['screen-words', 'screen-switched', 'page-left', 'paste']);

/**
 * Puts two courses with an exam each and a class of attempts where the product finds them: documents as server and recorder write
 * them, files as the recorder does. The product runs meanwhile, and its workers find nothing left to do.
 */
export async function seedClass(product: Product, media: Media, count: number, minutes: number): Promise<Seeded> {
  const client = await MongoClient.connect(product.databaseUri);
  try {
    const db = client.db('vigil');
    const nowMs = Date.now();
    const users = db.collection<{ _id: string; email: string; name: string }>('users');
    const instructor = await users.findOne({ email: product.instructor.email });
    if (!instructor) throw new Error('there is no instructor');
    const second = { ...instructor, _id: newId(), email: 'second@vigil.example', name: 'Second instructor', sessions: [], networks: [] };
    await users.insertOne(second);
    const teachers = [instructor._id, second._id];
    await db.collection<{ _id: string }>('mediaNodes').insertOne({ _id: otherNode, ...{ url: '', leaseUntil: new Date(nowMs + 86_400_000), sessions: 100 } });
    const exam = await addExam(db, await addCourse(db, teachers, 'Thermodynamics', 'PH-201'), 'Thermodynamics: final exam', minutes, nowMs);
    const other = await addExam(db, await addCourse(db, teachers, 'Linear algebra', 'MA-102'), 'Linear algebra: final exam', minutes, nowMs);
    const empty = await addExam(db, other.course, 'Linear algebra: second date', minutes, nowMs);
    const foreign = await addExam(db, await addCourse(db, [newId()], 'Not theirs', 'NO-1'), 'Not theirs', minutes, nowMs);
    const planned = planClass(count, minutes);
    const documents: Documents = { attempts: [], segments: [], findings: [], attemptAnalyses: [], screenTexts: [] };
    const ids: string[] = [];
    for (const [index, plan] of planned.entries()) ids.push(await addAttempt(documents, product.data, media, exam, plan, nowMs - (count - index) * 1_000));
    await addStrips(product.data, media, documents.segments as SegmentDocument[], ids[0]!);
    const quiet: string[] = [];
    for (const plan of planClass(12, 5).slice(1)) quiet.push(await addAttempt(documents, product.data, media, other, { ...plan, progress: 'submitted', evidence: 'complete', analysis: 'none', lengthMs: 0, findings: [], missing: [] }, nowMs));
    for (const [collection, all] of Object.entries(documents))
      for (let from = 0; from < all.length; from += 2_000) await db.collection(collection).insertMany(all.slice(from, from + 2_000), { ordered: false });
    const exampleOf = (is: (plan: Planned) => boolean): string => ids[planned.findIndex(is)] ?? '';
    return {
      exam: exam.id,
      attempts: count,
      segments: documents.segments.length,
      long: ids[0]!,
      word,
      wordAttempts: planned.filter((plan) => plan.word !== undefined).length,
      quiet: { exam: other.id, attempts: quiet },
      empty: empty.id,
      foreign: foreign.id,
      examples: Object.fromEntries(Object.entries(examples).map(([name, is]) => [name, exampleOf(is)])) as Seeded['examples'],
      second: { email: second.email, name: second.name },
    };
  } finally {
    await client.close();
  }
}

interface Exam {
  id: string;
  course: string;
}

async function addCourse(db: Db, instructors: readonly string[], name: string, code: string): Promise<string> {
  const course = newId();
  await db.collection<{ _id: string }>('courses').insertOne({ _id: course, ...{ name, code, instructors } });
  return course;
}

async function addExam(db: Db, course: string, title: string, minutes: number, nowMs: number): Promise<Exam> {
  const id = newId();
  const exam = { course, title, instructions: '', address: '', embed: false, durationMinutes: minutes, graceMinutes: 10, rules, retentionDays: 30, createdAt: new Date(nowMs) };
  await db.collection<{ _id: string }>('exams').insertOne({ _id: id, ...exam });
  return { id, course };
}

async function addAttempt(into: Documents, data: string, media: Media, exam: Exam, plan: Planned, createdMs: number): Promise<string> {
  const id = newId();
  const running = plan.progress === 'recording' || plan.progress === 'interrupted';
  const started = plan.lengthMs > 0;
  // What runs goes on now; the rest ended a day ago.
  const startMs = (running ? Date.now() : Date.now() - 86_400_000) - plan.lengthMs;
  const history: AttemptEvent[] = [{ atMs: createdMs, kind: 'created' }];
  if (started) {
    history.push({ atMs: startMs, kind: 'started' }, ...(['webcam', 'microphone', 'screen'] as const).map((source) => ({ atMs: startMs, kind: 'source-on' as const, source })));
    if (plan.progress === 'interrupted') history.push({ atMs: startMs + plan.lengthMs, kind: 'interrupted', cause: 'connection' });
    if (!running) history.push({ atMs: startMs + plan.lengthMs, kind: 'submitted' });
  }
  into.attempts.push({
    _id: id,
    exam: exam.id,
    course: exam.course,
    number: 1,
    student: { name: plan.name, email: plan.email },
    linkExpiresAt: new Date(createdMs + 14 * 86_400_000),
    progress: plan.progress,
    evidence: plan.evidence,
    ...(plan.opened && { openedAt: new Date(createdMs) }),
    ...(plan.declined && { declinedAt: new Date(createdMs) }),
    ...(started && { startedAt: new Date(startMs), endsAt: new Date(running ? Date.now() + 7_200_000 : startMs + plan.lengthMs) }),
    ...(started && !running && { finishedAt: new Date(startMs + plan.lengthMs), allSentAt: new Date(startMs + plan.lengthMs) }),
    ...(running && { session: { id: newId(), node: otherNode, since: new Date(startMs) } }),
    history,
    createdAt: new Date(createdMs),
  });
  if (!started) return id;
  for (const track of ['webcam', 'screen'] as const) into.segments.push(...(await addSegments(data, media, id, track, startMs, plan)));
  if (plan.analysis !== 'pending') {
    const analysis: AttemptAnalysis = { _id: id, open: false, asked: 1, tries: 0, availableAt: new Date(startMs), exam: exam.id, rules: judgedBy(rules, {}), doneAt: new Date(startMs + plan.lengthMs) };
    into.attemptAnalyses.push(analysis);
    into.findings.push(...(await addFindings(data, media, id, startMs, plan)));
    into.screenTexts.push(...textsOf(id, startMs, plan));
  }
  return id;
}

async function addSegments(data: string, media: Media, attempt: string, track: Track, startMs: number, { lengthMs, missing, analysis }: Planned): Promise<SegmentDocument[]> {
  const { file, durationMs, video, audio, bytes, sha256 } = media[track];
  const facts = { durationMs, bytes, sha256, ...(video && { video }), ...(audio && { audio }) };
  const documents: SegmentDocument[] = [];
  for (let sequence = 0; (sequence + 1) * facts.durationMs <= lengthMs; sequence += 1) {
    const fromMs = sequence * facts.durationMs;
    if (track === 'webcam' && missing.some((gap) => fromMs < gap.endMs && fromMs + facts.durationMs > gap.startMs)) continue;
    const sidecar: Sidecar = { version: 1, attempt, track, epoch: startMs, sequence, startMs: startMs + fromMs, ...facts, gaps: [], closedBy: 'deadline' };
    const path = segmentFile(join(data, 'segments'), sidecar);
    if (!documents.length) await mkdir(dirname(path), { recursive: true });
    await Promise.all([link(file, path), writeFile(segmentFile(join(data, 'segments'), sidecar, ENDINGS.sidecar), JSON.stringify(sidecar))]);
    const state = analysis === 'pending' ? 'pending' : analysis === 'failed' && sequence === 1 ? 'dead' : 'done';
    // Those that wait do so beyond this run: it is not the workers that are measured.
    documents.push({ _id: segmentId(sidecar), ...sidecar, analysis: { state, tries: 1, availableAt: new Date(Date.now() + 86_400_000) } });
  }
  return documents;
}

/** What the segments of an attempt look and sound like, as a worker leaves it. */
async function addStrips(data: string, media: Media, segments: readonly SegmentDocument[], attempt: string): Promise<void> {
  const folder = join(data, 'measurements', attempt);
  await mkdir(folder, { recursive: true });
  for (const { _id, track, sha256 } of segments.filter((one) => one.attempt === attempt)) {
    const files = stripFiles(_id);
    await Promise.all([link(media[track].pictures, join(folder, files.pictures)), writeFile(join(folder, files.strip), JSON.stringify({ version: 1, sha256, ...media[track].strip }))]);
  }
}

async function addFindings(data: string, media: Media, attempt: string, originMs: number, { findings }: Planned): Promise<Finding[]> {
  await mkdir(join(data, 'evidence', attempt), { recursive: true });
  return Promise.all(
    findings.map(async ({ kind, ...times }) => {
      const [startMs, endMs] = [originMs + times.startMs, originMs + times.endMs];
      const type = heard.has(kind) ? ('waveform' as const) : ('frame' as const);
      const file = `${attempt}/${kind}-${type === 'frame' ? startMs : `${startMs}-${endMs}`}.${type === 'frame' ? 'jpg' : 'png'}`;
      await link(media[type], join(data, 'evidence', file));
      return {
        _id: `${attempt}-${kind}-${startMs}`,
        attempt,
        track: onScreen.has(kind) ? ('screen' as const) : ('webcam' as const),
        kind,
        startMs,
        endMs,
        confidence: 0.8,
        detector: { name: 'seeded', version: '1', model: 'none', thresholds: {} },
        evidence: { type, file },
      };
    }),
  );
}

const page = 'Question about the first law of thermodynamics. A gas expands slowly against a piston while heat flows in. State what is conserved, and why the temperature stays the same. '.repeat(3);

/** A text each two minutes, and on some screens the word. */
function textsOf(attempt: string, originMs: number, { lengthMs, word: at }: Planned): Text[] {
  const texts: Text[] = [];
  for (let fromMs = 0; fromMs < lengthMs; fromMs += 120_000) {
    const startMs = originMs + fromMs;
    texts.push({ _id: `${attempt}-${startMs}`, attempt, startMs, endMs: startMs + 60_000, text: `Question ${fromMs / 120_000 + 1}. ${page}` });
  }
  if (at !== undefined) texts.push({ _id: `${attempt}-${originMs + at}`, attempt, startMs: originMs + at, endMs: originMs + at + 20_000, text: `Welcome to https://${word}/chat, ask anything` });
  return texts;
}
