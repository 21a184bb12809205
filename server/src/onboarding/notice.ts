import { createHash } from 'node:crypto';
import type { Config, ExamRules, OnboardingView } from '@vigil/protocol';

/** What a student is told before the onboarding, and the same as text, which is kept with the agreement. Other words need another agreement. */
export function onboardingNotice(
  identity: NonNullable<ExamRules['identity']>,
  config: Pick<Config, 'VIGIL_INSTITUTION' | 'VIGIL_CONTACT' | 'VIGIL_ONBOARDING_DAYS' | 'VIGIL_ONBOARDING_SCOPE'>,
): { shown: OnboardingView['notice']; text: string } {
  const { VIGIL_INSTITUTION: institution, VIGIL_CONTACT: contact, VIGIL_ONBOARDING_DAYS: days, VIGIL_ONBOARDING_SCOPE: scope } = config;
  const { document, room } = identity;
  const pictures = ['pictures of your face from several sides', ...(document ? ['a picture of an identity document beside your face'] : []), ...(room ? ['a short video of your room'] : [])];
  const where = scope === 'course' ? 'of this course' : institution ? `of ${institution}` : 'of this server';
  const text = [
    `Kept for ${days} days, then deleted: ${pictures.join(', ')}, and numbers that describe your face. All of it is encrypted.`,
    `In exams ${where} that ask for it, your face is compared with that. What a program finds unlike, a person looks at; nobody is locked out of an exam.`,
    'What a program is not sure of, and beside it your face from the front, can be seen by the instructors of your courses, and by those who run this server.',
    'You may say no: then nothing is compared, and your instructor is told so.',
    `Questions: ${contact}.`,
  ].join('\n');
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { shown: { version, institution, days, document, room, contact }, text };
}
