import { AttemptTimeline, ExamDetail } from '@vigil/protocol';
import { expect, type Page } from '@playwright/test';
import type { Line } from '../main-job/report.js';
import { Keyboard } from './keyboard.js';
import { ask, openPage, type Stage } from './stage.js';

const incidents = 5;
const testid = (id: string): string => `[data-testid=${id}]`;

/** A whole review without a mouse: from the sign-in to the decision, and on to the next attempt. */
export async function reviewByKeyboard(stage: Stage): Promise<Line[]> {
  const { product, seeded } = stage;
  const target = await withIncidents(stage);
  const page = await openPage(stage, false);
  const hand = new Keyboard(page);

  await page.goto(product.instructor.url);
  await expect(page.getByTestId('sign-in-email')).toBeFocused();
  await hand.type(product.instructor.email);
  await hand.press('Tab');
  await hand.type(product.instructor.password);
  await hand.press('Enter');
  await hand.until('after the sign-in', page.getByTestId('exam-row').first().waitFor());

  await hand.tabTo(`a[href$="/exams/${seeded.exam}"]`);
  await hand.press('Enter');
  await hand.until('the exam', page.getByTestId('attempt-row').first().waitFor());
  await hand.tabTo(testid('filter-text'));
  await hand.type(target.name);
  await expect(page.getByTestId('attempt-row')).toHaveCount(1);
  await hand.tabTo(testid('filter-unreviewed'));
  await hand.press('Space');
  await hand.tabTo(testid('sort-name'));
  await hand.press('Enter');
  await expect(page.getByRole('columnheader', { name: 'Student' })).toHaveAttribute('aria-sort', 'ascending');
  const opened = await openFirst(hand, page);
  expect(opened).toBe(target.name);

  const said = await markAll(hand, page);
  await hand.press('n', 'a note');
  await expect(page.getByTestId('note-text')).toBeFocused();
  await hand.type('The same book in all of them.');
  await hand.tabTo(testid('note-save'));
  await hand.press('Enter');
  await hand.until('a note', expect(page.getByTestId('note-add')).toBeFocused());
  await expect(page.getByTestId('note')).toContainText('The same book');

  await hand.tabTo(testid('move-clear'), { back: true });
  await hand.press('Enter');
  await expect(page.getByTestId('move-reason')).toBeFocused();
  await hand.type('It is the book that the exam allows.');
  await hand.tabTo(testid('move-save'));
  await hand.press('Enter');
  await hand.until('the decision', expect(page.getByTestId('decision')).toHaveAttribute('data-state', 'cleared'));
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await hand.until('after the decision', expect(page.getByTestId('decision').locator('button:focus')).toHaveCount(1));
  const decided = hand.keys;

  await hand.tabTo(`a[href$="/exams/${seeded.exam}"]`, { back: true });
  await hand.press('Enter');
  await hand.until('the exam again', page.getByTestId('attempt-row').first().waitFor());
  const next = await openFirst(hand, page);
  expect(next).not.toBe(target.name);

  const timeline = AttemptTimeline.parse(await ask(page, product, `/api/attempts/${target.attempt}`));
  expect([timeline.review, timeline.notes.length, timeline.incidents.filter(({ resolution }) => resolution?.reason).length]).toEqual(['cleared', 1, incidents]);
  await page.context().close();
  const { keys, characters, lost } = hand;
  return [
    { what: 'a review by keyboard alone', measured: `${keys} keys and ${characters} typed characters, ${decided} keys of them until the decision: sign-in, course, filter, order, ${said}, a note, the decision, the next attempt`, holds: true },
    { what: 'where the keyboard is, at each of these keys', measured: lost.join('; ') || 'to be seen, never lost', holds: !lost.length },
  ];
}

/** An attempt with exactly so many incidents, all of them to be looked at, of which nothing is decided. */
async function withIncidents({ page, product, seeded }: Stage): Promise<{ attempt: string; name: string }> {
  for (;;) {
    const { attempts, more } = ExamDetail.parse(await ask(page, product, `/api/exams/${seeded.exam}`));
    const found = attempts.find((one) => one.progress === 'submitted' && one.analysis === 'done' && one.review === 'none' && !one.counting && one.rank.terms.reduce((sum, { incidents: count, with: other }) => sum + (other ? 0 : count), 0) === incidents);
    if (found) return { attempt: found.id, name: found.student.name };
    // The server counts a large class in parts.
    if (!more) throw new Error(`no attempt has ${incidents} incidents`);
  }
}

/** Opens the first attempt of the list. @returns whose it is. */
async function openFirst(hand: Keyboard, page: Page): Promise<string> {
  await hand.tabTo('tbody tr:first-child th a');
  const name = await page.evaluate(() => document.activeElement?.textContent ?? '');
  await hand.press('Enter');
  await hand.until('the attempt', expect(page.getByRole('heading', { level: 1 })).toContainText(name));
  await hand.until('the attempt’s pictures', page.getByTestId('decision').waitFor());
  return name;
}

/** Goes from incident to incident, looks at each, and says something of each, with a reason; one is taken back and said anew. */
async function markAll(hand: Keyboard, page: Page): Promise<string> {
  await expect(page.getByTestId('pane-webcam')).toHaveAttribute('data-state', 'paused');
  const findings = page.getByTestId('finding');
  const count = await findings.count();
  const position = page.getByTestId('position');
  const verdicts = [['e', 'explained'], ['f', 'false'], ['r', 'real']] as const;
  for (let at = 0; at < count; at += 1) {
    const before = Number(await position.getAttribute('data-ms'));
    await hand.press('ArrowDown', `incident ${at + 1}`);
    await expect.poll(async () => Number(await position.getAttribute('data-ms'))).toBeGreaterThan(before);
    // It is seen for a moment, by the keys that play and pause.
    const fromMs = Number(await position.getAttribute('data-ms'));
    await hand.press('l', 'play');
    await expect.poll(async () => Number(await position.getAttribute('data-ms'))).toBeGreaterThan(fromMs + 200);
    await hand.press('k', 'pause');
    const [key, verdict] = verdicts[at % verdicts.length]!;
    await hand.press(key, `say “${verdict}”`);
    await expect(page.getByTestId('mark-reason')).toBeFocused();
    await hand.type('Seen before.');
    await hand.press('Enter', 'save what is said');
    await hand.until(`said of incident ${at + 1}`, expect(page.getByTestId('resolved')).toHaveCount(at + 1));
    await hand.until('where it was said', expect(findings.and(page.locator(':focus'))).toHaveCount(1));
  }
  // Back to the one before, and there again.
  const last = Number(await position.getAttribute('data-ms'));
  await hand.press('ArrowUp', 'the incident before');
  await expect.poll(async () => Number(await position.getAttribute('data-ms'))).toBeLessThan(last);
  await hand.tabTo(testid('mark-undo'));
  await hand.press('Enter', 'undo');
  await expect(page.getByTestId('resolved')).toHaveCount(count - 1);
  await hand.until('after the undo', expect(findings.and(page.locator(':focus'))).toHaveCount(1));
  await hand.tabTo(testid('mark-explained'));
  await hand.press('Enter', 'say “explained” again');
  await hand.type('Looked at again.');
  await hand.press('Enter', 'save what is said again');
  await hand.until('said again', expect(page.getByTestId('resolved')).toHaveCount(count));
  return `${count} incidents seen and marked with reasons, one of them undone and marked again`;
}
