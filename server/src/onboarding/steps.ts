import { randomInt } from 'node:crypto';
import type { ExamRules, OnboardingState, OnboardingStep, OnboardingView } from '@vigil/protocol';
import type { OnboardingDocument } from '../store/index.js';

/** What is asked for, the turns in an order drawn by lot. */
export function drawSteps({ document, room }: NonNullable<ExamRules['identity']>): OnboardingStep[] {
  const turns = (['left', 'right', 'closer'] as const)
    .map((step) => ({ step, lot: randomInt(1_000_000_000) }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ step }) => step);
  return ['front', ...turns, ...(document ? (['document'] as const) : []), ...(room ? (['room'] as const) : [])];
}

/** The state that follows from the rest. */
export function stateOf({ order, steps, decisions }: Pick<OnboardingDocument, 'order' | 'steps' | 'decisions'>): OnboardingState {
  const open = order.filter((step) => (steps[step]?.state ?? 'open') === 'open');
  if (open.some((step) => decisions.findLast((one) => one.step === step)?.accepted === false)) return 'refused';
  if (open.length) return 'open';
  return order.some((step) => steps[step]?.state === 'with-person') ? 'with-person' : 'passed';
}

/** The step that is asked for now; undefined: all is shown. */
export const nextStep = ({ order, steps }: Pick<OnboardingDocument, 'order' | 'steps'>): OnboardingStep | undefined =>
  order.find((step) => (steps[step]?.state ?? 'open') === 'open');

/** What a person wrote who did not accept something that is still open. */
export function remarkOf({ decisions, steps }: Pick<OnboardingDocument, 'decisions' | 'steps'>): string {
  const last = decisions.findLast(({ accepted, step }) => !accepted && steps[step]?.state === 'open');
  return last?.reason ?? '';
}

export const stepViews = ({ order, steps }: Pick<OnboardingDocument, 'order' | 'steps'>): OnboardingView['steps'] =>
  order.map((step) => ({ step, state: steps[step]?.state ?? 'open', problems: steps[step]?.problems ?? [], tries: steps[step]?.tries ?? 0 }));
