import type { FreshLook, LookProblem, OnboardingStep, OnboardingView, StudentAttempt } from '@vigil/protocol';
import type { Page, Route } from '@playwright/test';

/** What a camera in a test cannot show: an onboarding whose answers the test decides. The rest of the server is real. */
export class FakeOnboarding {
  /** Answers to the next pictures of a step; when there is none left, it passes. */
  readonly problems: Partial<Record<OnboardingStep, LookProblem[][]>> = {};
  /** Answers to the looks before the exam. */
  readonly looks: FreshLook[] = [];
  /** So many requests are not answered, as by a server that is away. */
  away = 0;
  /** What was sent, in order: its step, type and size. */
  readonly sent: { step: string; type: string; bytes: number; search: string }[] = [];
  view: OnboardingView;

  constructor(
    private readonly page: Page,
    { document = false, room = false }: { document?: boolean; room?: boolean } = {},
  ) {
    const steps: OnboardingStep[] = ['front', 'right', 'closer', 'left', ...(document ? ['document' as const] : []), ...(room ? ['room' as const] : [])];
    this.view = {
      state: 'open',
      steps: steps.map((step) => ({ step, state: 'open', problems: [], tries: 0 })),
      notice: { version: 'v1', institution: 'Test University', days: 365, document, room, contact: 'the exam office' },
      agreedAtMs: null,
      validUntilMs: null,
      remark: '',
    };
  }

  async install(): Promise<this> {
    const patch = async (route: Route): Promise<void> => {
      const response = await route.fetch();
      const attempt = (await response.json()) as StudentAttempt;
      await route.fulfill({ response, json: { ...attempt, onboarding: this.view.state } });
    };
    await this.page.route('**/api/student/attempt', patch);
    await this.page.route('**/api/student/agreement', patch);
    await this.page.route('**/api/student/look', (route) => route.fulfill({ json: this.looks.shift() ?? { outcome: 'like', problems: [] } }));
    await this.page.route(/\/api\/student\/onboarding/, (route) => this.answer(route));
    return this;
  }

  private async answer(route: Route): Promise<void> {
    if (this.away > 0) {
      this.away -= 1;
      await route.fulfill({ status: 503, json: { reason: 'noDatabase', message: 'The server cannot reach its database.' } });
      return;
    }
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const [, step, person] = /onboarding\/?(\w*)\/?(\w*)/.exec(pathname) ?? [];
    if (request.method() === 'GET') return route.fulfill({ json: this.view });
    if (!step) {
      const { agreed } = request.postDataJSON() as { agreed: boolean };
      this.view = { ...this.view, state: agreed ? 'open' : 'declined', agreedAtMs: agreed ? Date.now() : null };
      return route.fulfill({ json: this.view });
    }
    if (person) {
      this.set(step, 'with-person', this.view.steps.find((one) => one.step === step)?.problems ?? []);
      return route.fulfill({ json: this.view });
    }
    const headers = await request.allHeaders();
    this.sent.push({ step, type: headers['content-type'] ?? '', bytes: request.postDataBuffer()?.length ?? 0, search });
    const listed = this.problems[step as OnboardingStep];
    // The last answer stays.
    const problems = (listed && listed.length > 1 ? listed.shift() : listed?.[0]) ?? [];
    const kept = search.includes('keep=glasses') ? problems.filter((problem) => problem !== 'glasses') : problems;
    this.set(step, kept.length ? 'open' : 'passed', kept);
    return route.fulfill({ json: { passed: !kept.length, problems: kept, onboarding: this.view } });
  }

  private set(step: string, state: 'open' | 'passed' | 'with-person', problems: LookProblem[]): void {
    const steps = this.view.steps.map((one) => (one.step === step ? { ...one, state, problems, tries: one.tries + 1 } : one));
    const open = steps.some((one) => one.state === 'open');
    const waiting = steps.some((one) => one.state === 'with-person');
    const year = 365 * 86_400_000;
    this.view = { ...this.view, steps, state: open ? this.view.state : waiting ? 'with-person' : 'passed', validUntilMs: open ? null : Date.now() + year };
  }
}
