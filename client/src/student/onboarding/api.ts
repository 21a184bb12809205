import type { LookAnswer, OnboardingStep, OnboardingView } from '@vigil/protocol';
import type { Ask } from '../session/api.js';

/** Longest waits for an answer, ms: to a question, to a face, to a document whose words are read, and to a film on a thin line. */
const withinMs = { question: 8_000, face: 20_000, document: 60_000, room: 120_000 };

/** What the onboarding asks over HTTP (protocol/onboarding.ts). Each call throws `VigilError` or `Unreachable`. */
export interface OnboardingApi {
  view(): Promise<OnboardingView>;
  agree(noticeVersion: string, agreed: boolean): Promise<OnboardingView>;
  /** Shows something for a step: a JPEG, or a WebM of the room. */
  show(step: OnboardingStep, shown: Blob, keepGlasses: boolean): Promise<LookAnswer>;
  /** A person shall look at what was last shown for the step. */
  askPerson(step: OnboardingStep): Promise<OnboardingView>;
}

export function createOnboardingApi(ask: Ask): OnboardingApi {
  return {
    view: () => ask('GET', 'onboarding', withinMs.question) as Promise<OnboardingView>,
    agree: (noticeVersion, agreed) => ask('POST', 'onboarding', withinMs.question, { noticeVersion, agreed }) as Promise<OnboardingView>,
    show: (step, shown, keepGlasses) =>
      ask('PUT', `onboarding/${step}${keepGlasses ? '?keep=glasses' : ''}`, withinMs[step === 'room' || step === 'document' ? step : 'face'], shown) as Promise<LookAnswer>,
    askPerson: (step) => ask('POST', `onboarding/${step}/person`, withinMs.question, {}) as Promise<OnboardingView>,
  };
}
