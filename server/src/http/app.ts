import { randomUUID } from 'node:crypto';
import type { Config, Contact, Health } from '@vigil/protocol';
import { segmentMsOf, VigilError } from '@vigil/protocol';
import Koa from 'koa';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { Accounts } from '../accounts/accounts.js';
import { accountRoutes, sessionCookie } from '../accounts/routes.js';
import { attemptOfLink } from '../links/links.js';
import { Backfill } from '../backfill/backfill.js';
import { backfillRoutes } from '../backfill/routes.js';
import { PracticeService } from '../practice/practice.js';
import { practiceRoutes } from '../practice/routes.js';
import { ExamSettings } from '../exams/exam-settings.js';
import { ExamSetups } from '../exams/exam-setups.js';
import { examRoutes } from '../exams/routes.js';
import { setupRoutes } from '../exams/setup-routes.js';
import { MediaFiles } from '../review/media-files.js';
import { Onboarding } from '../onboarding/onboarding.js';
import { OnboardingReview } from '../onboarding/review.js';
import { onboardingRoutes } from '../onboarding/routes.js';
import { OverviewService } from '../review/overview.js';
import { overviewRoutes } from '../review/overview-routes.js';
import { ReviewService } from '../review/review.js';
import { decisionRoutes } from '../review/decision-routes.js';
import { Decisions } from '../review/decisions.js';
import { Notes } from '../review/notes.js';
import { Marks } from '../review/resolutions.js';
import { reviewRoutes } from '../review/routes.js';
import { Strips } from '../review/strips.js';
import { AfterExam } from '../student/after-exam.js';
import { afterExamRoutes } from '../student/after-exam-routes.js';
import { MyData } from '../student/my-data.js';
import { Releasing } from '../student/releasing.js';
import { releasingRoutes } from '../student/releasing-routes.js';
import { RosterService } from '../roster/roster.js';
import { rosterRoutes } from '../roster/routes.js';
import { databaseAnswers, liveMediaNodes, queueLength } from '../store/index.js';
import { studentRoutes } from '../student/routes.js';
import { StudentService } from '../student/student.js';
import { errorAnswers } from './errors.js';
import { pages } from './pages.js';
import type { Gate, Route } from './route.js';
import { routerOf } from './route.js';
import type { OwnAddress } from './security.js';
import { originCheck, securityHeaders } from './security.js';

export interface AppOptions {
  config: Config;
  secret: string;
  /** Origin that students' links begin with. */
  publicUrl: string;
  own: OwnAddress;
  /** Origins of media processes other than this one. */
  mediaOrigins: readonly string[];
  /** Folder of the built client. */
  clientFolder: string;
  log: Logger;
  now: () => number;
}

/** The HTTP application, and the list of its routes. */
export function createApp(options: AppOptions): { app: Koa; routes: readonly Route[] } {
  const { config, secret, publicUrl, own, mediaOrigins, clientFolder, log, now } = options;
  const accounts = new Accounts(secret, now);
  const onboarding = new Onboarding(config, now);
  const review = new ReviewService({ secret, publicUrl, linkDays: config.VIGIL_LINK_DAYS, backfillHours: config.VIGIL_BACKFILL_HOURS, now });
  const files = new MediaFiles(config.VIGIL_DATA);
  const backfill = new Backfill({
    data: config.VIGIL_DATA,
    secret,
    hours: config.VIGIL_BACKFILL_HOURS,
    segmentMs: segmentMsOf(config),
    log,
    now,
  });
  const routes: Route[] = [
    ...accountRoutes(accounts, own.scheme === 'https'),
    ...studentRoutes(new StudentService(config, secret, now, onboarding)),
    ...onboardingRoutes(onboarding, new OnboardingReview(onboarding, now)),
    ...practiceRoutes(new PracticeService({ data: config.VIGIL_DATA, secret, now })),
    ...backfillRoutes(backfill, log),
    ...examRoutes(new ExamSettings(now)),
    ...setupRoutes(new ExamSetups(config, now)),
    ...reviewRoutes(review, files, new Strips(config.VIGIL_DATA)),
    ...decisionRoutes(new Marks(now), new Decisions(now), new Notes(now)),
    ...overviewRoutes(new OverviewService(now)),
    ...afterExamRoutes(new AfterExam(config, now), new MyData(config, secret, files, now), files, log),
    ...releasingRoutes(new Releasing(now)),
    ...rosterRoutes(new RosterService({ secret, publicUrl, linkDays: config.VIGIL_LINK_DAYS, backfillHours: config.VIGIL_BACKFILL_HOURS, onboarding, now })),
    { method: 'GET', path: '/api/health', access: 'anyone', handle: (ctx) => answerHealth(ctx, now) },
    {
      method: 'GET',
      path: '/api/contact',
      access: 'anyone',
      handle: (ctx) => {
        ctx.body = { contact: config.VIGIL_CONTACT } satisfies Contact;
      },
    },
  ];
  const gate: Gate = {
    student: (ctx, afterwards) => {
      const token = /^Bearer (\S+)$/.exec(ctx.get('Authorization'))?.[1];
      if (token === undefined) throw new VigilError('linkInvalid');
      return attemptOfLink(secret, token, { backfillHours: config.VIGIL_BACKFILL_HOURS, afterwards }, now());
    },
    instructor: (ctx) => accounts.userOf(ctx.cookies.get(sessionCookie)),
  };
  const app = new Koa();
  app.proxy = config.VIGIL_TRUST_PROXY;
  // Only what the proxy next to us added counts; the rest of X-Forwarded-For is the client's word.
  app.maxIpsCount = 1;
  app.on('error', (error: unknown) => log.debug({ err: error }, 'answer cut short'));
  app.use(requestIds(log));
  app.use(securityHeaders(own, mediaOrigins));
  app.use(errorAnswers(log));
  app.use(pages(clientFolder, log));
  app.use(async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store');
    await next();
  });
  app.use(originCheck(own));
  app.use(routerOf(routes, gate).routes());
  return { app, routes };
}

/** Gives each request an id, so that a person's report and the log can be brought together. */
const requestIds =
  (log: Logger) =>
  async (ctx: Context, next: () => Promise<void>): Promise<void> => {
    const requestId: string = randomUUID();
    const began = performance.now();
    ctx.state.requestId = requestId;
    ctx.set('X-Request-Id', requestId);
    await next();
    log.debug({ request: requestId, method: ctx.method, status: ctx.status, ms: Math.round(performance.now() - began) }, 'request');
  };

async function answerHealth(ctx: Context, now: () => number): Promise<void> {
  const database = await databaseAnswers();
  const [nodes, queue] = database
    ? await Promise.all([liveMediaNodes(now()), queueLength()])
    : [[], { pending: 0, dead: 0 }];
  const health: Health = { ok: database && nodes.length > 0, database, mediaProcesses: nodes.length, queue };
  ctx.status = health.ok ? 200 : 503;
  ctx.body = health;
}
