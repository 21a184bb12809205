import type { AuditEntry, OnboardingDecision, OnboardingStep, OnboardingSummary } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import { actorOf, entriesOf, record } from '../privacy/audit.js';
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
    const all = (await onboardingsIn(course)).filter(({ validUntil }) => validUntil.getTime() > this.#now());
    return all.map(summaryOf).sort((a, b) => first[a.state] - first[b.state]);
  }

  /** JPEG, or WebM of the room; that it was looked at is in the audit log. @throws {VigilError} `notFound`, also where no person is asked. */
  async shown(user: UserDocument, id: string, look: string): Promise<{ step: OnboardingStep; bytes: Buffer }> {
    const onboarding = await this.#own(user, id);
    if (!seenBy(onboarding).some((step) => onboarding.steps[step]?.look === look)) throw new VigilError('notFound');
    const shown = await this.#onboarding.shown(onboarding, look);
    await record({ ...this.#entry(user, onboarding), action: 'onboarding-viewed', detail: { onboarding: id, student: onboarding.student.name, step: shown.step, look } });
    return shown;
  }

  /** @throws {VigilError} `notFound`; `wrongState` the student has shown something else meanwhile; `noWorker`. */
  async decide(user: UserDocument, id: string, { step, look, accepted, reason }: OnboardingDecision): Promise<OnboardingSummary> {
    const onboarding = await this.#own(user, id);
    const entry = this.#entry(user, onboarding);
    const detail = { onboarding: id, student: onboarding.student.name, step, look, accepted };
    await record({ ...entry, action: 'onboarding-decided', reason, detail });
    try {
      return summaryOf(await this.#onboarding.decide(onboarding, look, { atMs: entry.atMs, by: user.name, step, look, accepted, reason }));
    } catch (error) {
      await record({ ...entry, atMs: this.#now(), action: 'onboarding-decided', reason: 'It could not be set, and holds as before.', detail: { ...detail, accepted: null } });
      throw error;
    }
  }

  /** Who looked at or decided on the onboardings of a course, the oldest first. @throws {VigilError} `notFound` it is not the user's course. */
  async audit(user: UserDocument, course: string): Promise<AuditEntry[]> {
    if (!(await taughtCourse(course, user._id))) throw new VigilError('notFound');
    return entriesOf({ courses: course });
  }

  #entry(user: UserDocument, { courses }: OnboardingDocument): Pick<AuditEntry, 'atMs' | 'actor' | 'courses'> {
    return { atMs: this.#now(), actor: actorOf(user), courses };
  }

  async #own(user: UserDocument, id: string): Promise<OnboardingDocument> {
    const onboarding = await onboardingById(id);
    for (const course of onboarding?.courses ?? []) if (onboarding && (await taughtCourse(course, user._id))) return onboarding;
    throw new VigilError('notFound');
  }
}

/** The steps that instructors see: those that a person is, or was, asked about, and the face from the front to compare them with. */
function seenBy({ order, steps, decisions }: OnboardingDocument): OnboardingStep[] {
  const asked = order.filter((step) => steps[step]?.state === 'with-person' || decisions.some((one) => one.step === step && one.look === steps[step]?.look));
  return asked.length && !asked.includes('front') ? ['front', ...asked] : asked;
}

function summaryOf(onboarding: OnboardingDocument): OnboardingSummary {
  const { _id: id, student, state, agreements, validUntil, decisions, steps } = onboarding;
  const seen = seenBy(onboarding);
  return {
    id,
    student,
    state,
    steps: stepViews(onboarding).map((view) => ({ ...view, look: (seen.includes(view.step) && steps[view.step]?.look) || null })),
    agreedAtMs: agreements.at(-1)?.at.getTime() ?? 0,
    validUntilMs: validUntil.getTime(),
    decisions: decisions.map(({ look: _look, ...decision }) => decision),
  };
}
