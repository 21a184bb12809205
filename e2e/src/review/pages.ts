import type { OnboardingSummary } from '@vigil/protocol';
import type { Locator, Page } from '@playwright/test';
import type { Media } from './media.js';
import type { Seeded } from './seed.js';

/** What a state of a page is opened with. */
export interface At {
  page: Page;
  seeded: Seeded;
  media: Media;
  /** Opens an address and waits until this is there. */
  go: (path: string, testid: string) => Promise<void>;
  by: (testid: string) => Locator;
}

/** A state of a page. */
export interface PageState {
  /** As the caption of its picture. */
  name: string;
  /** Of its file in docs/pictures, after `instructor-`; none: no picture. */
  picture?: string;
  /** With a picture at the width of a phone as well. */
  phone?: boolean;
  /** Nobody is signed in. */
  signedOut?: boolean;
  open: (at: At) => Promise<unknown>;
  /** What the browser notes of it is no error. */
  notes?: RegExp;
}

const exam = ({ exam: id }: Seeded): string => `/review/exams/${id}`;
const attempt = (id: string): string => `/review/attempts/${id}`;
const paused = async ({ page, go, by }: At, id: string): Promise<void> => {
  await go(attempt(id), 'finding');
  await by('pane-webcam').and(page.locator('[data-state=paused]')).waitFor();
};
/** The attempt of 3 h, with what was found. */
const long = (at: At): Promise<void> => paused(at, at.seeded.long);
/** One with a few findings. */
const usual = (at: At): Promise<void> => paused(at, at.seeded.examples.ordinary);
const overview = async ({ go, by, seeded }: At, search = ''): Promise<void> => {
  await go(exam(seeded) + search, 'attempt-row');
  await by('counting').waitFor({ state: 'detached', timeout: 180_000 });
};
const example = (name: keyof Seeded['examples']) => ({ go, seeded }: At) => go(attempt(seeded.examples[name]), 'decision');

/**
 * Every page and state of the instructor's side, in this order: what an earlier one does is there in a later one. A new page is a
 * line more. (A place for: roster, re-open and retake, making and changing an exam, what students were told and reply, administration.)
 */
export const pages: readonly PageState[] = [
  { name: 'Sign-in', picture: 'sign-in', signedOut: true, open: ({ go }) => go('/', 'sign-in') },
  { name: 'Sign-in, refused', signedOut: true, notes: /status of 401/, open: async ({ page, go, by }) => { await go('/', 'sign-in'); await by('sign-in-email').fill('nobody@vigil.example'); await by('sign-in-password').fill('not the password'); await by('sign-in').click(); await page.getByRole('alert').waitFor(); } },
  { name: 'Session over', notes: /status of 401/, open: async ({ page, go, seeded }) => { await page.route(`**/api/exams/${seeded.exam}`, (route) => route.fulfill({ status: 401, json: { reason: 'notSignedIn', message: 'You are not signed in.' } })); await go(exam(seeded), 'sign-in'); } },
  { name: 'Courses and exams', picture: 'courses', open: ({ go }) => go('/', 'exam-row') },
  { name: 'No courses', open: async ({ page }) => { await page.route('**/api/courses', (route) => route.fulfill({ json: [] })); await page.goto(new URL('/', page.url()).href); await page.getByText('You have no courses yet').waitFor(); } },
  { name: 'Server away', notes: /ERR_FAILED/, open: async ({ page }) => { await page.route('**/api/courses', (route) => route.abort()); await page.goto(new URL('/', page.url()).href); await page.getByRole('button', { name: 'Try again' }).waitFor(); } },
  { name: 'Exam without attempts', picture: 'exam-empty', open: ({ go, seeded }) => go(`/review/exams/${seeded.empty}`, 'new-link') },
  { name: 'New link', picture: 'new-link', open: async ({ go, by, seeded }) => { await go(`/review/exams/${seeded.empty}`, 'new-link'); await by('new-link').click(); await by('link-name').fill('Ada Example'); } },
  { name: 'New link, made', open: async ({ go, by, seeded }) => { await go(`/review/exams/${seeded.empty}`, 'new-link'); await by('new-link').click(); await by('link-name').fill('Ada Example'); await by('link-make').click(); await by('link-value').waitFor(); } },
  { name: 'A class', picture: 'overview', phone: true, open: (at) => overview(at) },
  { name: 'A class, filter open', picture: 'overview-filter', open: async (at) => { await overview(at, '?states=recording.interrupted'); await at.by('filter-kinds').locator('summary').click(); } },
  { name: 'A class, saved views', open: async (at) => { await overview(at, '?sort=name&states=interrupted'); await at.by('saved-views').locator('summary').click(); await at.by('view-name').fill('Interrupted'); await at.by('save-view').click(); await at.by('saved-view').waitFor(); } },
  { name: 'A class, words on the screen', picture: 'overview-words', open: async (at) => { await overview(at); await at.by('filter-words').fill(at.seeded.word); await at.by('find-words').click(); await at.by('hit').first().waitFor({ timeout: 90_000 }); } },
  { name: 'A class, nothing like that', open: async ({ go, seeded }) => go(`${exam(seeded)}?text=nobody%20of%20that%20name`, 'no-match') },
  { name: 'A class, some selected', open: async (at) => { await overview(at, '?sort=name&states=interrupted'); await at.by('select').first().check(); await at.by('selected').waitFor(); } },
  { name: 'A class, some marked as reviewed', open: async (at) => { await overview(at, '?sort=name&states=interrupted'); await at.by('select').first().check(); await at.by('mark-reviewed').click(); await at.by('undo-mark').waitFor(); } },
  { name: 'Accommodations', picture: 'accommodations', open: async (at) => { await overview(at, '?sort=name&states=interrupted'); await at.by('accommodations').first().click(); await at.by('extra-minutes').waitFor(); } },
  { name: 'Rules for the analysis', picture: 'rules', phone: true, open: ({ go, seeded }) => go(`${exam(seeded)}/rules`, 'save-rules') },
  { name: 'Onboarding, nobody asked', open: async ({ page, go, by }) => { await go('/', 'onboardings'); await by('onboardings').last().click(); await page.getByRole('heading', { name: 'Onboarding' }).waitFor(); await by('no-onboardings').waitFor(); } },
  { name: 'Onboarding', picture: 'onboardings', open: onboardings },
  { name: 'Onboarding, not accepted', open: async (at) => { await onboardings(at); await at.by('onboarding-refuse').first().click(); await at.by('decision-reason').waitFor(); } },
  { name: 'An attempt', picture: 'review', phone: true, open: long },
  { name: 'An attempt, playing', open: async (at) => { await usual(at); await at.by('finding').first().click(); await at.by('pane-webcam').and(at.page.locator('[data-state=playing]')).waitFor(); } },
  { name: 'A finding is marked', picture: 'review-marking', open: async (at) => { await usual(at); await at.by('mark-false').first().click(); await at.by('mark-reason').fill('The camera’s own test picture.'); } },
  { name: 'A finding that was marked, and how points are counted', open: async (at) => { await usual(at); await at.by('mark-false').first().click(); await at.by('mark-reason').fill('The camera’s own test picture.'); await at.by('mark-save').click(); await at.by('resolved').first().waitFor(); await at.page.locator('.rank summary').click(); await at.page.getByText('How it was found').first().click(); } },
  { name: 'How right findings were', open: async ({ go, seeded }) => go(`${exam(seeded)}/rules`, 'false-findings') },
  { name: 'A note', picture: 'review-note', open: async (at) => { await usual(at); await at.by('note-add').click(); await at.by('note-text').fill('Reads the question aloud.'); } },
  { name: 'A note that is deleted', open: async (at) => { await usual(at); await at.by('note-add').click(); await at.by('note-text').fill('Reads the question aloud.'); await at.by('note-save').click(); await at.by('note-delete').first().click(); await at.by('note-delete-confirm').waitFor(); } },
  { name: 'A decision', picture: 'decision', open: async (at) => { await usual(at); await at.by('move-clear').click(); await at.by('move-reason').fill('Only the camera’s test picture.'); } },
  { name: 'Keys', picture: 'keys', open: async (at) => { await usual(at); await at.by('help').click(); await at.page.getByRole('dialog').waitFor(); } },
  { name: 'Export of a clip', picture: 'export', open: async (at) => { await usual(at); await at.by('export').click(); await at.by('export-from').fill('0:55'); await at.by('export-to').fill('1:05'); } },
  { name: 'An attempt that was not started', open: example('notStarted') },
  { name: 'An attempt that was declined', open: example('declined') },
  { name: 'An attempt that is recorded now', open: example('recording') },
  { name: 'An attempt that is interrupted', open: example('interrupted') },
  { name: 'An attempt of which something is missing', picture: 'review-missing', open: example('incomplete') },
  { name: 'An attempt that waits for its analysis', open: example('waiting') },
  { name: 'An attempt whose analysis failed', open: example('failed') },
  { name: 'Not found', picture: 'not-found', open: ({ go }) => go('/review/attempts/short', 'not-found') },
  { name: 'Refused: another’s course', notes: /status of 404/, open: ({ go, seeded }) => go(`/review/exams/${seeded.foreign}`, 'not-found') },
];

/** What the server would answer of students who were onboarded: pictures of a camera that shows a test picture pass no check. */
async function onboardings({ page, go, by, media }: At): Promise<void> {
  const day = 86_400_000;
  const shown = (step: OnboardingSummary['steps'][number]['step'], state: 'passed' | 'with-person', problems: OnboardingSummary['steps'][number]['problems'] = []): OnboardingSummary['steps'][number] => ({ step, state, problems, tries: 2, look: 'a'.repeat(24) });
  const one = (id: string, name: string, state: OnboardingSummary['state'], steps: OnboardingSummary['steps'], decisions: OnboardingSummary['decisions'] = []): OnboardingSummary => ({
    id: id.repeat(24),
    student: { name, email: `${name.toLowerCase().replace(' ', '.')}@students.example.org` },
    state,
    steps,
    agreedAtMs: Date.now() - 2 * day,
    validUntilMs: Date.now() + 363 * day,
    decisions,
  });
  const all: OnboardingSummary[] = [
    one('a', 'Ada Abel', 'with-person', [shown('front', 'passed'), shown('left', 'with-person', ['not-turned']), shown('document', 'with-person', ['name-differs'])]),
    one('b', 'Ben Bauer', 'passed', [shown('front', 'passed'), shown('room', 'passed')], [{ atMs: Date.now() - day, by: 'Second instructor', step: 'room', accepted: true, reason: 'The room is empty.' }]),
    one('c', 'Clara Chen', 'declined', []),
  ];
  await page.route(/\/api\/courses\/[0-9a-f]{24}\/onboardings$/, (route) => route.fulfill({ json: all }));
  await page.route(/\/api\/onboardings\//, (route) => route.fulfill({ path: media.frame, contentType: 'image/jpeg' }));
  await go('/', 'onboardings');
  await by('onboardings').last().click();
  await by('onboarding-card').first().waitFor();
}
