import { AttemptTimeline, AuditEntry, type Decision, ReviewMove, type ReviewState } from '@vigil/protocol';
import { expect, type Page } from '@playwright/test';
import type { Line } from '../main-job/report.js';
import { ask, openPage, signInBy, type Stage } from './stage.js';

type Who = 'first' | 'second';

/** By hand, and not from the server's table: who may do what, when. Everything else has to be refused. */
interface Way {
  from: ReviewState;
  move: ReviewMove;
  to: ReviewState;
  /** It says something about the student: it needs a reason. */
  weighty: boolean;
  who: readonly Who[];
}
const way = (from: ReviewState, move: ReviewMove, to: ReviewState, { weighty = true, who = ['first', 'second'] }: Partial<Way> = {}): Way => ({ from, move, to, weighty, who });
const undecided = ['none', 'flagged'] as const;

/** Every way, where a violation needs a second reviewer and where not. The first reviewer is the one who proposes. */
const waysWhere = (secondReviewer: boolean): Way[] => [
  way('none', 'flag', 'flagged', { weighty: false }),
  way('flagged', 'unflag', 'none', { weighty: false }),
  ...undecided.map((from) => way(from, 'clear', 'cleared')),
  ...(['cleared', 'violation'] as const).map((from) => way(from, 'reopen', 'flagged')),
  ...(secondReviewer
    ? [
        ...undecided.map((from) => way(from, 'propose', 'second_review', { who: ['first'] })),
        way('second_review', 'confirm', 'violation', { who: ['second'] }),
        way('second_review', 'sendBack', 'flagged'),
      ]
    : undecided.map((from) => way(from, 'find', 'violation'))),
];

/** One thing to do: a way, by one person, with a reason or without. */
interface Step extends Omit<Way, 'who'> {
  who: Who;
  reason: string;
}

/** What has to be done at least once: each way with a reason, and without where it may be empty; in the second review by each who may. */
function stepsOf(ways: readonly Way[]): Step[] {
  return ways.flatMap(({ who, ...rest }) => {
    const people = rest.from === 'second_review' ? who : [who[0]!];
    const reasons = rest.weighty ? [`So I saw it (${rest.from}, ${rest.move}).`] : ['', `Look at 0:12 (${rest.move}).`];
    return people.flatMap((one) => reasons.map((reason) => ({ ...rest, who: one, reason })));
  });
}

/** The shortest way from a state to one in which something is left to do. */
function towards(from: ReviewState, steps: readonly Step[], isGoal: (state: ReviewState) => boolean): Step[] {
  const queue: { at: ReviewState; path: Step[] }[] = [{ at: from, path: [] }];
  const seen = new Set<ReviewState>([from]);
  for (const { at, path } of queue) {
    if (isGoal(at)) return path;
    for (const step of steps)
      if (step.from === at && !seen.has(step.to)) {
        seen.add(step.to);
        queue.push({ at: step.to, path: [...path, step] });
      }
  }
  throw new Error(`nothing leads from ${from} to where it has to go`);
}

/** Walks all of it in the real pages of two reviewers, with and without the rule of the second reviewer. */
export async function walkDecisions(stage: Stage): Promise<Line[]> {
  const { product, seeded } = stage;
  // The reasons that are too short.
  stage.errors.allow(/status of 400 .*\/decisions\)$/);
  const first = await openPage(stage, true);
  const second = await openPage(stage, false);
  await signInBy(second, product.url, seeded.second.email, product.instructor.password);
  await second.getByTestId('exam-row').first().waitFor();
  const lines: Line[] = [];
  for (const [secondReviewer, attempt] of [[false, seeded.quiet.attempts[0]!], [true, seeded.quiet.attempts[1]!]] as const) {
    await setRule(stage, first, secondReviewer);
    const walk = new Walk(stage, { first, second }, attempt, waysWhere(secondReviewer));
    lines.push({ what: secondReviewer ? 'decisions with a second reviewer' : 'decisions by one reviewer', measured: await walk.all(), holds: true });
  }
  await setRule(stage, first, false);
  lines.push({ what: 'the rule goes while it waits', measured: await ruleGoes(stage, first, second), holds: true });
  for (const page of [first, second]) await page.context().close();
  return lines;
}

async function setRule({ product, seeded }: Stage, page: Page, on: boolean): Promise<void> {
  await page.goto(`${product.url}/review/exams/${seeded.quiet.exam}/rules`);
  await page.getByTestId('second-reviewer').setChecked(on);
  const saved = page.waitForResponse((answer) => answer.request().method() === 'PUT' && new URL(answer.url()).pathname === `/api/exams/${seeded.quiet.exam}`);
  await page.getByTestId('save-rules').click();
  expect((await saved).ok()).toBe(true);
}

/** A walk over one attempt's review. */
class Walk {
  private state: ReviewState = 'none';
  private readonly done: Step[] = [];
  private readonly looked = new Set<string>();
  private refused = 0;
  private at: Who | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly pages: Readonly<Record<Who, Page>>,
    private readonly attempt: string,
    private readonly ways: readonly Way[],
  ) {}

  /** @returns what was done, in words. @throws {Error} at the first thing that is not as it has to be. */
  async all(): Promise<string> {
    const steps = stepsOf(this.ways);
    const open = new Set(steps);
    while (open.size) {
      const next = [...open].find(({ from }) => from === this.state) ?? towards(this.state, steps, (state) => [...open].some(({ from }) => from === state))[0]!;
      open.delete(next);
      await this.walk(next);
    }
    // Whatever was decided can be taken back to where nothing is.
    for (const state of new Set(this.ways.map(({ to }) => to))) towards(state, this.done, (one) => one === 'none');
    for (const step of towards(this.state, steps, (state) => state === 'none')) await this.walk(step);
    await this.history();
    const states = new Set(this.ways.map(({ from }) => from)).size;
    return `${this.done.length} steps in the pages: each of ${this.ways.length} ways out of ${states} states, with its reason and without; ${this.refused} others, and those that lack their reason, are refused; all can be taken back, and all is in the history and the audit log`;
  }

  private async walk(step: Step): Promise<void> {
    for (const who of ['first', 'second'] as const) await this.look(who);
    const { move, to, who, reason, weighty } = step;
    const page = await this.show(who);
    await page.getByTestId(`move-${move}`).click();
    const save = page.getByTestId('move-save');
    if (weighty) {
      // The browser itself asks for it.
      await save.click();
      await expect(page.getByTestId('move-reason')).toBeFocused();
      await page.getByTestId('move-reason').fill(' a ');
      await save.click();
      await expect(page.getByRole('dialog').getByRole('alert')).toContainText('Write the reason.');
      expect(await this.decisions()).toHaveLength(this.done.length);
    }
    await page.getByTestId('move-reason').fill(reason);
    await save.click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByTestId('decision')).toHaveAttribute('data-state', to);
    if (reason) await expect(page.getByTestId('decision-step').last()).toContainText(reason);
    this.done.push(step);
    this.state = to;
  }

  /** A person's page as it is now: they see what the other one did meanwhile. */
  private async show(who: Who): Promise<Page> {
    const page = this.pages[who];
    if (this.at !== who) await page.goto(`${this.stage.product.url}/review/attempts/${this.attempt}`);
    this.at = who;
    await expect(page.getByTestId('decision')).toHaveAttribute('data-state', this.state);
    return page;
  }

  /** The first time in a state: what a person is offered there is what they may do, and the server refuses the rest. */
  private async look(who: Who): Promise<void> {
    const place = `${this.state} ${who}`;
    if (this.looked.has(place)) return;
    this.looked.add(place);
    const page = await this.show(who);
    const mine = this.ways.filter((one) => one.from === this.state && (one.who.includes(who) || this.state !== 'second_review'));
    const offered = ReviewMove.options.filter((move) => mine.some((one) => one.move === move));
    await expect(page.locator('[data-testid=decision] .moves button')).toHaveCount(offered.length);
    for (const move of offered) await expect(page.getByTestId(`move-${move}`)).toBeVisible();
    for (const move of ReviewMove.options) {
      const may = mine.find((one) => one.move === move);
      if (may && !may.weighty) continue;
      const refusal = await this.refusal(page, move, may ? '' : 'It is not my turn.');
      expect(may ? ['badInput'] : ['wrongState', 'notAllowed'], `${move} in ${place}`).toContain(refusal);
      this.refused += 1;
    }
    expect((await this.timeline()).review).toBe(this.state);
  }

  private async refusal(page: Page, move: ReviewMove, reason: string): Promise<unknown> {
    const { url } = this.stage.product;
    const answer = await page.request.post(`${url}/api/attempts/${this.attempt}/decisions`, { headers: { origin: url }, data: { move, reason, seen: this.done.length } });
    return answer.ok() ? 'not refused' : ((await answer.json()) as { reason: unknown }).reason;
  }

  /** Every step is there, in its order, with who and why; the audit log has the same. */
  private async history(): Promise<void> {
    const names = { first: 'Demo instructor', second: this.stage.seeded.second.name };
    const wanted = this.done.map(({ from, to, move, who, reason }) => ({ from, to, move, by: names[who], reason }));
    const told = (all: readonly Decision[]): unknown[] => all.map(({ from, to, move, by, reason = '' }) => ({ from, to, move, by: by.name, reason }));
    expect(told(await this.decisions())).toEqual(wanted);
    const page = await this.show('first');
    await page.getByTestId('decision').getByRole('button', { name: /^Show all/ }).click();
    const lines = page.getByTestId('decision-step');
    await expect(lines).toHaveCount(wanted.length);
    for (const [index, { by, reason }] of wanted.entries()) await expect(lines.nth(index)).toContainText(reason ? `${by}: ${reason}` : by);
    const audit = AuditEntry.array().parse(await ask(page, this.stage.product, `/api/attempts/${this.attempt}/audit`));
    expect(audit.filter(({ action }) => action === 'review').map(({ detail, reason = '', actor }) => ({ ...detail, reason, by: actor.name }))).toEqual(
      wanted.map(({ move, from, to, reason, by }) => ({ move, before: from, after: to, reason, by })),
    );
  }

  private async timeline(): Promise<AttemptTimeline> {
    return AttemptTimeline.parse(await ask(this.pages.first, this.stage.product, `/api/attempts/${this.attempt}`));
  }
  private async decisions(): Promise<Decision[]> {
    return (await this.timeline()).decisions;
  }
}

/** A proposal that waits when the rule is taken away: the one who proposed it still cannot decide it alone; the other one can. */
async function ruleGoes(stage: Stage, first: Page, second: Page): Promise<string> {
  const { product, seeded } = stage;
  const attempt = seeded.quiet.attempts[2]!;
  await setRule(stage, first, true);
  const moves = async (page: Page): Promise<string[]> => {
    await page.goto(`${product.url}/review/attempts/${attempt}`);
    await page.getByTestId('decision').waitFor();
    return (await page.locator('[data-testid=decision] .moves button').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['testid'] ?? ''))).sort();
  };
  await moves(first);
  await decide(first, 'propose');
  await setRule(stage, first, false);
  expect(await moves(first)).toEqual(['move-sendBack']);
  await decide(first, 'sendBack');
  expect(await moves(first)).toEqual(['move-clear', 'move-unflag']);
  expect(await moves(second)).toEqual(['move-clear', 'move-find', 'move-unflag']);
  await decide(second, 'find');
  await expect(second.getByTestId('decision')).toHaveAttribute('data-state', 'violation');
  return 'who proposed a violation can take it back or clear, not find it alone; the other one can';
}

async function decide(page: Page, move: ReviewMove): Promise<void> {
  await page.getByTestId(`move-${move}`).click();
  await page.getByTestId('move-reason').fill('As I saw it.');
  await page.getByTestId('move-save').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}
