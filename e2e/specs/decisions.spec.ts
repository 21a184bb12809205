import type { Page } from '@playwright/test';
import { finishExam, joinExam, waitRecorded } from '../dist/main-job/record.js';
import { expect, expectAccessible, picture, test } from './support/test.js';

/** The page as it is, on a phone, and dark. */
async function pictures(page: Page, name: string, testId?: string): Promise<void> {
  const shown = async (file: string): Promise<void> => {
    if (testId !== undefined) await page.getByTestId(testId).first().evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await expectAccessible(page);
    await picture(page, file);
  };
  await shown(name);
  await page.setViewportSize({ width: 360, height: 780 });
  await shown(`${name}-phone`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await shown(`${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
}

// The exam is the product's one, which other tests use as well.
test.afterAll(async ({ product, api }) => {
  await product.change('exams', { _id: (await api.exam()).id }, { 'rules.secondReviewer': false });
});

test('a person marks findings, notes, and decides; all of it is explained, can be undone, and needs a second reviewer where the exam asks', async ({ page, context, product, api, errors }) => {
  test.setTimeout(600_000);
  // Asking who is signed in, and what somebody else was faster with, is refused: the browser notes both.
  errors.allow(/status of (401|409)/);
  const { attempt, link } = await api.newAttempt('Student who is decided on');
  const student = await context.newPage();
  await joinExam(student, link);
  await waitRecorded(student);
  await expect(student.getByTestId('elapsed')).toHaveText(/0:[2-5]\d/, { timeout: 60_000 });
  await finishExam(student);
  await student.close();
  await expect.poll(async () => (await api.timeline(attempt)).analysis, { timeout: 180_000 }).toBe('done');
  const { rank, incidents } = await api.timeline(attempt);
  // The browser's own test picture has no face.
  expect(incidents.some(({ kind }) => kind === 'face-absent')).toBe(true);
  // The test picture may be dark as well, which is no suspicion.
  const first = incidents.find(({ kind }) => kind === 'face-absent')!;

  await page.goto(product.instructor.url);
  await page.getByTestId('sign-in-email').fill(product.instructor.email);
  await page.getByTestId('sign-in-password').fill(product.instructor.password);
  await page.getByTestId('sign-in').click();
  await expect(page.getByTestId('exam-row')).toBeVisible();
  await page.goto(`${product.url}/review/attempts/${attempt}`);
  const card = page.locator('li').filter({ has: page.locator(`[data-testid=finding][data-kind=${first.kind}]`) }).first();
  const resolved = card.getByTestId('resolved');
  const points = page.locator('.rank');

  await test.step('a finding is marked with a reason, counts no points, and is undone', async () => {
    await card.getByTestId('mark-false').click();
    await expect(card.getByTestId('mark-reason')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(card.getByTestId('finding')).toBeFocused();
    await card.getByTestId('mark-false').click();
    await page.keyboard.type('The camera’s own test picture.');
    await pictures(page, 'review-marking', 'mark-reason');
    await page.keyboard.press('Enter');
    await expect(resolved).toContainText('False finding: The camera’s own test picture.');
    await expect(resolved).toContainText('Demo instructor');
    await expect(card.getByTestId('finding')).toBeFocused();
    await expect(page.getByTestId('marked')).toContainText('1 of');
    await points.locator('summary').click();
    await expect(points).toContainText('marked as explained or false, not counted');
    await pictures(page, 'review-marked', 'resolved');
    expect((await api.timeline(attempt)).rank.points).toBeLessThan(rank.points);
    await card.getByTestId('mark-undo').click();
    await expect(resolved).toHaveCount(0);
    await card.getByTestId('mark-explained').click();
    await card.getByTestId('mark-save').click();
    await expect(resolved).toHaveAttribute('data-verdict', 'explained');
    await card.getByTestId('mark-undo').click();
    await expect(resolved).toHaveCount(0);
  });

  await test.step('the same by keys', async () => {
    await card.getByTestId('finding').click();
    await page.keyboard.press('k');
    await page.keyboard.press('r');
    await expect(card.getByTestId('mark-reason')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(resolved).toHaveAttribute('data-verdict', 'real');
    await expect(points).not.toContainText('not counted');
    await page.keyboard.press('f');
    await expect(page.getByTestId('said')).toHaveText('Something is said of this finding already. The key U undoes it.');
    await page.keyboard.press('u');
    await expect(page.getByTestId('said')).toHaveText('Undone.');
    await expect(resolved).toHaveCount(0);
    await page.keyboard.press('u');
    await expect(page.getByTestId('said')).toContainText('nothing to undo');
    await page.getByTestId('help').click();
    await expect(page.getByRole('dialog')).toContainText('It is a false finding');
    await pictures(page, 'review-keys');
    await page.getByRole('button', { name: 'Close' }).click();
  });

  await test.step('who is slower than somebody else is told, and sees what they said', async () => {
    await card.getByTestId('mark-real').click();
    const { kind, startMs, endMs } = first;
    const answer = await page.request.post(`${product.url}/api/attempts/${attempt}/resolutions`, { headers: { origin: product.url }, data: { kind, startMs, endMs, verdict: 'false', reason: 'Seen before.' } });
    expect(answer.ok()).toBe(true);
    await card.getByTestId('mark-save').click();
    await expect(card.getByRole('alert')).toHaveText('Somebody has just marked this finding. Look at what they said; it can be undone.');
    await expect(resolved).toContainText('False finding: Seen before.');
  });

  await test.step('what was said of a finding that is not there any more is listed as such', async () => {
    await product.change('resolutions', { attempt }, { startMs: first.startMs - 600_000, endMs: first.startMs - 590_000 });
    await page.reload();
    const lost = page.getByTestId('lost');
    await expect(lost).toContainText('Seen before.');
    await pictures(page, 'review-lost', 'lost');
    await lost.getByTestId('mark-undo').click();
    await expect(lost).toHaveCount(0);
    await card.getByTestId('mark-false').click();
    await card.getByTestId('mark-save').click();
    await expect(resolved).toHaveAttribute('data-verdict', 'false');
  });

  await test.step('a note is added by a key, shown on the timeline, changed and deleted', async () => {
    await card.getByTestId('finding').click();
    await page.keyboard.press('k');
    await page.keyboard.press('n');
    await expect(page.getByTestId('note-text')).toBeFocused();
    await page.keyboard.type('Reads the question aloud.\nNo one else is there.');
    for (let i = 0; i < 2; i += 1) await page.getByRole('button', { name: 'Mute' }).press('ArrowRight');
    await page.getByTestId('note-end').click();
    await pictures(page, 'review-note', 'note-text');
    await page.getByTestId('note-save').click();
    const note = page.getByTestId('note');
    await expect(note).toContainText('No one else is there.');
    await expect(note).toContainText('until');
    await expect(page.getByTestId('note-add')).toBeFocused();
    await expect(page.getByTestId('note-mark')).toHaveCount(1);
    const position = page.getByTestId('position');
    const from = (await api.timeline(attempt)).notes[0]!.startMs - (await api.timeline(attempt)).startMs;
    await page.getByTestId('note-seek').click();
    await expect(position).toHaveAttribute('data-ms', String(from));
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('note-mark').click();
    await expect(position).toHaveAttribute('data-ms', String(from));
    await page.getByTestId('note-edit').click();
    await page.getByTestId('note-text').fill('Reads aloud.');
    await page.getByTestId('note-save').click();
    await expect(note).toContainText('Reads aloud.');
    await expect(note).toContainText('changed');
    await pictures(page, 'review-notes', 'note');
    await page.getByTestId('note-delete').click();
    await expectAccessible(page);
    await page.getByTestId('note-delete-confirm').click();
    await expect(note).toHaveCount(0);
  });

  const decision = page.getByTestId('decision');
  const decide = async (move: string, reason: string): Promise<void> => {
    await page.getByTestId(`move-${move}`).click();
    await page.getByTestId('move-reason').fill(reason);
    await page.getByTestId('move-save').click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };

  await test.step('the attempt is marked, decided, and opened again', async () => {
    await expect(decision).toHaveAttribute('data-state', 'none');
    await decide('flag', '');
    await expect(decision).toHaveAttribute('data-state', 'flagged');
    await decide('unflag', '');
    await page.getByTestId('move-clear').click();
    // The browser itself asks for the reason.
    await page.getByTestId('move-save').click();
    await expect(page.getByTestId('move-reason')).toBeFocused();
    await page.getByTestId('move-reason').fill('Only the camera’s test picture.');
    await pictures(page, 'decision-dialog');
    await page.getByTestId('move-save').click();
    await expect(decision.getByRole('status')).toHaveText('Cleared');
    await expect(decision.getByTestId('decision-step')).toHaveCount(3);
    await decide('reopen', 'The student has written.');
    await decide('find', 'A phone at 0:12.');
    await expect(decision.getByRole('status')).toHaveText('Violation');
    await decide('reopen', 'It was a calculator.');
    await pictures(page, 'decision', 'decision');
    await expect(page.getByTestId('audit-entry').last()).toContainText('Decision: opened again');
  });

  await test.step('a decision that came meanwhile is not overruled unseen', async () => {
    await page.getByTestId('move-clear').click();
    await page.getByTestId('move-reason').fill('Nothing there.');
    const seen = (await api.timeline(attempt)).decisions.length;
    const answer = await page.request.post(`${product.url}/api/attempts/${attempt}/decisions`, { headers: { origin: product.url }, data: { move: 'unflag', seen } });
    expect(answer.ok()).toBe(true);
    await page.getByTestId('move-save').click();
    await expect(page.getByRole('alert')).toContainText('Somebody else has just decided about this attempt.');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(decision).toHaveAttribute('data-state', 'none');
  });

  await test.step('where the exam asks for it, a violation needs a second reviewer', async () => {
    const { exam } = await api.timeline(attempt);
    await page.goto(`${product.url}/review/exams/${exam.id}/rules`);
    await expect(page.getByTestId('false-findings')).toContainText('Face detector');
    await pictures(page, 'false-findings', 'false-findings');
    await page.getByTestId('second-reviewer').check();
    await pictures(page, 'second-reviewer', 'second-reviewer');
    await page.getByTestId('save-rules').click();
    await expect(page.getByTestId('saved')).toContainText('Saved at');
    await page.getByRole('button', { name: 'To the exam' }).click();
    await page.getByTestId('attempt-row').filter({ hasText: 'Student who is decided on' }).getByRole('link').click();
    await expect(page.getByTestId('move-find')).toHaveCount(0);
    await decide('propose', 'A phone at 0:12.');
    await expect(decision).toContainText('Another instructor of the course confirms it');
    await expect(page.getByTestId('move-confirm')).toHaveCount(0);
    await pictures(page, 'decision-proposed', 'decision');
    // Somebody else had proposed it.
    const proposedBy = async (): Promise<void> => {
      const last = (await api.timeline(attempt)).decisions.length - 1;
      await product.change('attempts', { [`decisions.${last}.move`]: 'propose' }, { [`decisions.${last}.by`]: { id: 'f'.repeat(24), name: 'Another instructor' } });
      await page.reload();
    };
    await proposedBy();
    await expect(decision).toContainText('Another instructor proposes a violation: A phone at 0:12.');
    await decide('sendBack', 'I see a calculator.');
    await expect(decision).toHaveAttribute('data-state', 'flagged');
    await decide('propose', 'Look at 0:14.');
    await proposedBy();
    await decide('confirm', 'At 0:14 it is a phone.');
    await expect(decision.getByRole('status')).toHaveText('Violation');
    await pictures(page, 'decision-confirmed', 'decision');
    await page.getByRole('link', { name: exam.title }).click();
    await expect(page.getByTestId('attempt-row').filter({ hasText: 'Student who is decided on' }).getByTestId('review-state')).toHaveText('Violation');
    await pictures(page, 'exam-decision', 'review-state');
  });
});
