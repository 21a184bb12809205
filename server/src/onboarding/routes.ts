import { Id, lookBytes, OnboardingAgreement, OnboardingDecision, OnboardingStep, roomBytes } from '@vigil/protocol';
import { z } from 'zod';
import { parseInput, readFileBody, readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import type { Onboarding } from './onboarding.js';
import type { OnboardingReview } from './review.js';

const Step = z.object({ step: OnboardingStep });
const Course = z.object({ course: Id });
const One = z.object({ onboarding: Id });
const Shown = z.object({ onboarding: Id, look: Id });

/** The student's onboarding, and how instructors look at what the machine does not accept. */
export const onboardingRoutes = (onboarding: Onboarding, review: OnboardingReview): Route[] => [
  {
    method: 'GET',
    path: '/api/student/onboarding',
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await onboarding.show(attempt);
    },
  },
  {
    method: 'POST',
    path: '/api/student/onboarding',
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await onboarding.agree(attempt, await readJson(ctx.req, OnboardingAgreement));
    },
  },
  {
    method: 'PUT',
    path: '/api/student/onboarding/:step',
    access: 'student',
    handle: async (ctx, attempt) => {
      const { step } = parseInput(Step, ctx.params);
      const read = (): Promise<Buffer> => (step === 'room' ? readFileBody(ctx.req, ['video/webm'], roomBytes) : readFileBody(ctx.req, ['image/jpeg'], lookBytes));
      ctx.body = await onboarding.take(attempt, step, read, ctx.query.keep === 'glasses');
    },
  },
  {
    method: 'POST',
    path: '/api/student/onboarding/:step/person',
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await onboarding.askPerson(attempt, parseInput(Step, ctx.params).step);
    },
  },
  {
    method: 'POST',
    path: '/api/student/look',
    access: 'student',
    handle: async (ctx, attempt) => {
      ctx.body = await onboarding.fresh(attempt, () => readFileBody(ctx.req, ['image/jpeg'], lookBytes));
    },
  },
  {
    method: 'GET',
    path: '/api/courses/:course/onboardings',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await review.list(user, parseInput(Course, ctx.params).course);
    },
  },
  {
    method: 'GET',
    path: '/api/courses/:course/audit',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await review.audit(user, parseInput(Course, ctx.params).course);
    },
  },
  {
    method: 'GET',
    path: '/api/onboardings/:onboarding/:look',
    access: 'instructor',
    handle: async (ctx, user) => {
      const { onboarding: id, look } = parseInput(Shown, ctx.params);
      const { step, bytes } = await review.shown(user, id, look);
      ctx.body = bytes;
      ctx.type = step === 'room' ? 'video/webm' : 'image/jpeg';
    },
  },
  {
    method: 'POST',
    path: '/api/onboardings/:onboarding/decision',
    access: 'instructor',
    handle: async (ctx, user) => {
      ctx.body = await review.decide(user, parseInput(One, ctx.params).onboarding, await readJson(ctx.req, OnboardingDecision));
    },
  },
];
