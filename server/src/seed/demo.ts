import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashPassword, passwordMatches } from '../accounts/passwords.js';
import { linkOf } from '../links/links.js';
import { newAttempt } from '../review/new-attempt.js';
import type { AttemptDocument, ExamDocument } from '../store/index.js';
import { Attempts, Courses, Exams, newId, trusted, userByEmail, Users } from '../store/index.js';

const email = 'instructor@vigil.example';
const courseCode = 'DEMO-1';
const student = { name: 'Demo student', email: '' };

/** What `npm start` prints at its end. */
export interface Demo {
  studentLink: string;
  /** The link is another than before: the last one was used. */
  newLink: boolean;
  instructor: { email: string; password: string };
}

export interface DemoOptions {
  /** VIGIL_DATA; the sign-in is kept in it, so that later starts can print it again. */
  data: string;
  secret: string;
  publicUrl: string;
  linkDays: number;
  now: () => number;
}

/**
 * On an empty database: makes the demo course with an exam and an instructor. Later: finds them again.
 * @returns undefined where the demo was taken away, as on a server in real use.
 */
export async function seedDemo(options: DemoOptions): Promise<Demo | undefined> {
  if ((await Users.estimatedDocumentCount()) === 0) await makeDemo(options);
  const user = await userByEmail(email);
  const course = user && (await Courses.findOne({ instructors: user._id }).lean().exec());
  const exam = course && (await Exams.findOne({ course: course._id }).lean<ExamDocument>().exec());
  if (!exam) return undefined;
  const { attempt, newLink } = await openAttempt(exam, options);
  const { secret, publicUrl, now } = options;
  return {
    studentLink: linkOf(secret, publicUrl, attempt, now()),
    newLink,
    instructor: { email, password: await keptPassword(options.data) },
  };
}

const signInFile = (data: string): string => join(data, 'demo-sign-in.txt');

/** The password in the file; a new one where the file is lost or of another database. */
async function keptPassword(data: string): Promise<string> {
  const text = await readFile(signInFile(data), 'utf8').catch(() => '');
  const kept = /^password: (\S+)$/m.exec(text)?.[1];
  const user = await userByEmail(email);
  if (kept !== undefined && (await passwordMatches(kept, user?.password, 'the server itself'))) return kept;
  const password = randomBytes(12).toString('base64url');
  await mkdir(data, { recursive: true });
  await writeFile(signInFile(data), `email: ${email}\npassword: ${password}\n`, { mode: 0o600 });
  await Users.updateOne({ email }, { $set: { password: await hashPassword(password) } });
  return password;
}

/** The user is made last: without one, what a start that was killed has left is taken up at the next. */
async function makeDemo({ now }: DemoOptions): Promise<void> {
  const left = await Courses.findOne({ code: courseCode }).lean().exec();
  const course = left ?? (await Courses.create({ _id: newId(), name: 'Demo course', code: courseCode, instructors: [newId()] }));
  if (!(await Exams.exists({ course: course._id }).exec()))
    await Exams.create({
      course: course._id,
      title: 'Demo exam',
      instructions: 'Answer the questions on paper or in the exam’s own page.',
      address: '',
      embed: false,
      durationMinutes: 60,
      rules: { webcam: true, microphone: true, screen: 'monitor' },
      retentionDays: 30,
      createdAt: new Date(now()),
    });
  const [user = newId()] = course.instructors;
  await Users.create({
    _id: user,
    email,
    name: 'Demo instructor',
    role: 'instructor',
    // Nobody knows it; keptPassword sets one that is kept.
    password: await hashPassword(randomBytes(24).toString('base64url')),
  });
}

/** An attempt that nobody has opened yet, so that the printed link always works. */
async function openAttempt(exam: ExamDocument, { linkDays, now }: DemoOptions): Promise<{ attempt: AttemptDocument; newLink: boolean }> {
  const unused = await Attempts.findOne({
    exam: exam._id,
    'student.name': student.name,
    progress: 'created',
    linkExpiresAt: trusted({ $gt: new Date(now() + 86_400_000) }),
  })
    .lean<AttemptDocument>()
    .exec();
  if (unused) return { attempt: unused, newLink: false };
  const attempt = await newAttempt({ _id: exam._id, course: exam.course }, student, linkDays, now());
  return { attempt, newLink: attempt.number > 1 };
}
