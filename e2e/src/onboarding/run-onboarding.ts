import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isQuality, type LookAnswer, type LookProblem } from '@vigil/protocol';
import type { Page } from '@playwright/test';
import { makeSoundClip } from '../clock/sound-clip.js';
import { finishExam, lasting, waitRecorded } from '../main-job/record.js';
import type { Line } from '../main-job/report.js';
import { analysed, type Reviewer, signIn } from '../main-job/review.js';
import { launchStudent } from '../support/browser.js';
import { InstructorApi } from '../support/instructor-api.js';
import { type Product, startProduct } from '../support/product.js';
import { Undo } from '../support/undo.js';
import { startDisplay } from '../support/xvfb.js';
import { onboardingFilm, plainFilm, withCard } from './film.js';

const analysisLimitMs = 180_000;
const examMs = 30_000;
const student = { name: 'Ada Lovelace', email: 'ada@vigil.example' };

/**
 * A student is onboarded by a film that a program rejects at first, is known again before and during an exam; another one in front of the
 * same student's camera is a finding and no lock-out; who declines goes on; a person decides what the program does not accept.
 */
export async function runOnboarding(media: string, say: (line: string) => void): Promise<Line[]> {
  const undo = new Undo();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-onboarding-'));
    undo.add({ stop: () => rm(folder, { recursive: true, force: true }) });
    const display = undo.add(await startDisplay());
    const microphone = join(folder, 'microphone.wav');
    await makeSoundClip(microphone, 16, []);
    const films = {
      onboarding: await onboardingFilm(join(media, 'baseline-F.jpg'), join(folder, 'pictures')),
      same: await plainFilm(join(media, 'clips/normal.mp4'), 0, 38, join(folder, 'same.mjpeg')),
      other: await plainFilm(join(media, 'clips/impostor.mp4'), 21, 18, join(folder, 'other.mjpeg')),
    };
    const product = undo.add(await startProduct());
    await product.change('exams', {}, { 'rules.identity': { document: true, room: true } });
    say(`the films are made, and the product runs at ${product.url}`);
    const api = await InstructorApi.signIn(product);
    const reviewer = await signIn(product);
    undo.add({ stop: () => reviewer.browser.close() });
    const run: Run = { product, api, reviewer, display: display.name, microphone, say };
    const lines: Line[] = [];
    const first = await api.newAttempt(student.name, student.email);
    lines.push(...(await onboard(run, first.link, films.onboarding)));
    lines.push(...(await takeExam(run, first, films.same, 'like')));
    const second = await api.newAttempt(student.name, student.email);
    lines.push(...(await takeExam(run, second, films.other, 'unlike')));
    lines.push(await decline(run, await api.newAttempt('Charles Babbage', 'charles@vigil.example'), films.same));
    lines.push(...(await person(run, await api.newAttempt('Mary Somerville', 'mary@vigil.example'), join(media, 'baseline-B.jpg'))));
    lines.push(await sealed(product));
    lines.push({ what: 'review: errors in the console', measured: reviewer.errors.join('; ') || 'none', holds: !reviewer.errors.length });
    return lines;
  } finally {
    await undo.all();
  }
}

interface Run {
  product: Product;
  api: InstructorApi;
  reviewer: Reviewer;
  display: string;
  microphone: string;
  say: (line: string) => void;
}

const pictures = process.env['VIGIL_E2E_PICTURES'];
const picture = async (page: Page, name: string): Promise<void> => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
};

/** Has a student's browser with such a camera. */
async function withCamera<T>({ display, microphone, product }: Run, camera: string, act: (page: Page) => Promise<T>): Promise<T> {
  const browser = await launchStudent({ display, camera, microphone });
  try {
    return await act(browser.context.pages()[0] ?? (await browser.context.newPage()));
  } catch (error) {
    throw new Error(`${String(error)}\n${product.log().split('\n').slice(-30).join('\n')}`, { cause: error });
  } finally {
    await browser.close();
  }
}

async function onboard(run: Run, link: string, film: string): Promise<Line[]> {
  return withCamera(run, film, async (page) => {
    const problems = new Set<LookProblem>();
    const passed: string[] = [];
    page.on('response', (response) => {
      const step = /\/api\/student\/onboarding\/(\w+)/.exec(response.url())?.[1];
      if (!step || response.request().method() !== 'PUT') return;
      void response.json().then((body: Partial<LookAnswer>) => {
        if (body.passed) passed.push(step);
        for (const problem of body.problems ?? []) problems.add(problem);
      }, () => undefined);
    });
    await page.goto(link);
    await page.getByTestId('agree').click();
    await picture(page, 'onboarding-notice');
    await page.getByTestId('onboarding-agree').click();
    const begun = Date.now();
    const step = page.getByTestId('onboarding-step');
    const done = page.getByTestId('onboarding-done');
    for (const deadline = begun + 300_000; !(await done.isVisible()) && Date.now() < deadline; ) {
      await lasting(300);
      for (const button of ['onboarding-retry', 'picture-take', 'picture-send', 'picture-again', 'film-send', 'film-start'])
        if (await page.getByTestId(button).isVisible()) {
          await picture(page, `onboarding-${(await step.getAttribute('data-step').catch(() => '')) ?? ''}-${button}`);
          // It may be gone by now, as the program goes on by itself.
          await page.getByTestId(button).click({ timeout: 2_000 }).catch(() => undefined);
          break;
        }
    }
    await done.waitFor({ timeout: 5_000 });
    await picture(page, 'onboarding-done');
    const seconds = Math.round((Date.now() - begun) / 1_000);
    run.say(`the student is onboarded, in ${seconds} s`);
    await page.getByTestId('onboarding-continue').click();
    await page.getByTestId('check-camera').waitFor();
    const turns = passed.slice(1, 4);
    const wanted: LookProblem[] = ['too-dark', 'no-face'];
    return [
      { what: 'onboarded', measured: `${passed.join(', ')} in ${seconds} s`, holds: passed.length === 6 && passed[0] === 'front' && turns.toSorted().join() === 'closer,left,right' },
      { what: 'rejections are named', measured: [...problems].join(', '), holds: wanted.every((problem) => problems.has(problem)) },
    ];
  });
}

async function takeExam(run: Run, { attempt, link }: { attempt: string; link: string }, film: string, expected: 'like' | 'unlike'): Promise<Line[]> {
  const { product, reviewer, say } = run;
  const look = await withCamera(run, film, async (page) => {
    let outcome = '';
    page.on('response', (response) => {
      if (response.url().endsWith('/api/student/look')) void response.json().then((body: { outcome: string }) => (outcome = body.outcome), () => undefined);
    });
    await page.goto(link);
    // Agreed before, where the onboarding was begun with this link.
    await page.getByTestId('agree').or(page.getByTestId('check-camera')).first().waitFor();
    if (await page.getByTestId('agree').isVisible()) await page.getByTestId('agree').click();
    await page.getByTestId('share-screen').click({ timeout: 60_000 });
    for (const check of ['browser', 'camera', 'face', 'microphone', 'screen', 'uplink'])
      await page.locator(`[data-testid=check-${check}][data-state=passed]`).waitFor({ timeout: 60_000 });
    await picture(page, `checks-${expected}`);
    await page.getByTestId('continue').click();
    await page.getByTestId('start-exam').click();
    await waitRecorded(page);
    await lasting(examMs);
    await finishExam(page);
    return outcome;
  });
  say(`an exam is taken; before it the face was ${look}`);
  const timeline = await analysed(reviewer.page, product, attempt, analysisLimitMs);
  const kinds = timeline.incidents.filter(({ kind }) => !isQuality(kind)).map(({ kind }) => kind);
  const found = kinds.includes('other-person');
  return [
    { what: `face before the exam: ${expected}`, measured: `${look}; the exam was taken`, holds: look === expected },
    { what: `other person, where the face is ${expected}`, measured: `${timeline.analysis}; ${kinds.join(', ') || 'nothing'}`, holds: timeline.analysis === 'done' && found === (expected === 'unlike') },
  ];
}

async function decline(run: Run, { attempt, link }: { attempt: string; link: string }, film: string): Promise<Line> {
  await withCamera(run, film, async (page) => {
    await page.goto(link);
    await page.getByTestId('agree').click();
    await page.getByTestId('onboarding-decline').click();
    await page.locator('[data-testid=check-camera][data-state=passed]').waitFor({ timeout: 60_000 });
    await picture(page, 'declined');
  });
  const { history } = await run.api.timeline(attempt);
  const told = history.find(({ kind }) => kind === 'identity')?.detail ?? 'nothing';
  return { what: 'who declines goes on, and it is told', measured: told, holds: told.includes('not agree') };
}

/** Pictures that no program accepts: a person does. */
async function person(run: Run, { link }: { link: string }, face: string): Promise<Line[]> {
  const { product, reviewer } = run;
  const { origin } = new URL(product.url);
  const headers = { origin, authorization: `Bearer ${new URL(link).hash.slice(1)}` };
  const ask = async (method: string, path: string, body?: BodyInit, type = 'application/json'): Promise<Record<string, unknown>> =>
    (await (await fetch(`${origin}/api/student/${path}`, { method, headers: { ...headers, 'content-type': type }, ...(body !== undefined && { body }) })).json()) as Record<string, unknown>;
  const { notice } = (await ask('GET', 'attempt')) as { notice: { version: string } };
  await ask('POST', 'agreement', JSON.stringify({ noticeVersion: notice.version, agreed: true }));
  const { notice: asked } = (await ask('GET', 'onboarding')) as { notice: { version: string } };
  // The order is drawn when it is agreed to.
  const view = (await ask('POST', 'onboarding', JSON.stringify({ noticeVersion: asked.version, agreed: true }))) as { steps: { step: string }[] };
  const jpeg = new Uint8Array(await readFile(face));
  let problems: unknown;
  for (const { step } of view.steps) {
    if (step === 'document') ({ problems } = await ask('PUT', 'onboarding/document', new Uint8Array(await withCard(Buffer.from(jpeg), 'GRACE', 'HOPPER')), 'image/jpeg'));
    else if (step === 'room') await ask('PUT', 'onboarding/room', new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]), 'video/webm');
    else await ask('PUT', `onboarding/${step}`, jpeg, 'image/jpeg');
    await ask('POST', `onboarding/${step}/person`);
  }
  const before = (await ask('GET', 'attempt'))['onboarding'];
  const { page } = reviewer;
  await page.goto(product.instructor.url);
  await page.getByTestId('onboardings').first().click();
  const card = page.getByTestId('onboarding-card').filter({ hasText: 'Mary Somerville' });
  await card.waitFor();
  await picture(page, 'onboardings');
  const waiting = await page.getByTestId('onboarding-card').first().innerText();
  for (let open = await card.getByTestId('onboarding-accept').count(); open > 0; open -= 1) {
    await card.getByTestId('onboarding-accept').first().click();
    await page.getByTestId('decision-reason').fill('Compared with the student’s card.');
    await page.getByTestId('decision-store').click();
    await page.waitForFunction((left) => document.querySelectorAll('[data-testid=decision-store]').length === 0 && left >= 0, open);
  }
  await picture(page, 'onboardings-decided');
  const after = (await ask('GET', 'attempt'))['onboarding'];
  return [
    { what: 'a document with another name', measured: String(problems), holds: String(problems).includes('name-differs') },
    { what: 'who waits for a person is first', measured: waiting.split('\n')[0] ?? '', holds: waiting.includes('Mary Somerville') },
    { what: 'a person accepts', measured: `${String(before)}, then ${String(after)}`, holds: before === 'with-person' && after === 'passed' },
  ];
}

/** Looks for pictures and films that anyone could open. */
async function sealed({ data }: Product): Promise<Line> {
  const files = (await readdir(join(data, 'onboardings'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const known = [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from('JFIF'), Buffer.from([0x1a, 0x45, 0xdf, 0xa3])];
  const plain: string[] = [];
  for (const { parentPath, name } of files) {
    const bytes = (await readFile(join(parentPath, name))).subarray(0, 4_096);
    if (known.some((mark) => bytes.includes(mark))) plain.push(name);
  }
  return { what: 'sealed on the disk', measured: `${files.length} files, ${plain.length} of them readable`, holds: files.length >= 6 && !plain.length };
}
