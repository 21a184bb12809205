import type { OnboardingDecision, OnboardingStep, OnboardingSummary } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { OnboardingDocument, UserDocument } from '../store/index.js';
import { onboardingById, onboardingsIn, taughtCourse } from '../store/index.js';
import type { Onboarding } from './onboarding.js';
import { stepViews } from './steps.js';

const first = { 'with-person': 0, refused: 1, open: 2, passed: 3, declined: 4 } as const;

/** What instructors see and decide of the onboardings that were made in their courses. */
export class OnboardingReview {
  readonly #onboarding: Onboarding;
  readonly #now: () => number;

  constructor(onboarding: Onboarding, now: () => number) {
    this.#onboarding = onboarding;
    this.#now = now;
  }

  /** Of students who agreed; those that wait for a person first. @throws {VigilError} `notFound` it is not the user's course. */
  async list(user: UserDocument, course: string): Promise<OnboardingSummary[]> {
    if (!(await taughtCourse(course, user._id))) throw new VigilError('notFound');
    const all = (await onboardingsIn(course)).filter(({ agreement, validUntil }) => agreement && validUntil.getTime() > this.#now());
    return all.map(summaryOf).sort((a, b) => first[a.state] - first[b.state]);
  }

  /** JPEG, or WebM of the room. @throws {VigilError} `notFound`. */
  async shown(user: UserDocument, id: string, step: OnboardingStep): Promise<Buffer> {
    await this.#own(user, id);
    return this.#onboarding.shown(id, step);
  }

  /** @throws {VigilError} `notFound`; `wrongState` nothing was shown for the step; `noWorker`. */
  async decide(user: UserDocument, id: string, { step, accepted, reason }: OnboardingDecision): Promise<OnboardingSummary> {
    const onboarding = await this.#own(user, id);
    return summaryOf(await this.#onboarding.decide(onboarding, { atMs: this.#now(), by: user.name, step, accepted, reason }));
  }

  async #own(user: UserDocument, id: string): Promise<OnboardingDocument> {
    const onboarding = await onboardingById(id);
    if (!onboarding?.agreement || !(await taughtCourse(onboarding.course, user._id))) throw new VigilError('notFound');
    return onboarding;
  }
}

function summaryOf(onboarding: OnboardingDocument): OnboardingSummary {
  const { _id: id, student, state, agreement, validUntil, decisions, steps } = onboarding;
  return {
    id,
    student,
    state,
    steps: stepViews(onboarding).map((view) => ({ ...view, shown: steps[view.step]?.shown ?? false })),
    agreedAtMs: agreement?.at.getTime() ?? null,
    validUntilMs: validUntil.getTime(),
    decisions,
  };
}
