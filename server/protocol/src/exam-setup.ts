import { z } from 'zod';
import { ExamRules, StudentAttempt, type Together } from './attempts.js';
import { FindingKind } from './findings.js';
import { Id } from './ids.js';
import { defaultRules } from './incidents.js';

/** What of an exam holds for a student from the moment they agree: it is never changed behind their back. */
export const ExamTerms = ExamRules.pick({ webcam: true, microphone: true, screen: true }).extend({
  durationMinutes: z.number(),
  /** The exam opens inside of Vigil's page, which then notes when it is left. */
  embed: z.boolean(),
});
export type ExamTerms = z.infer<typeof ExamTerms>;

/** What students may use, so that it is not marked. */
export const AllowedThing = z.enum(['paper', 'calculator', 'second-monitor', 'breaks']);
export type AllowedThing = z.infer<typeof AllowedThing>;

/** What is not looked for where a thing is allowed: it would only show what is as it should be. */
export const allowedKinds: Readonly<Record<AllowedThing, readonly FindingKind[]>> = {
  // Whoever reads or writes on paper looks down.
  paper: ['book', 'looking-away'],
  // The one is easily taken for the other.
  calculator: ['phone'],
  'second-monitor': ['second-monitor', 'second-screen'],
  breaks: ['face-absent'],
};

/** What is told to students of things and sites that they may use. */
export const Allowed = z.object({
  things: z.array(AllowedThing).max(AllowedThing.options.length).default([]),
  /** Only told: browsers do not say which site is in front. */
  sites: z.array(z.string().trim().min(2, 'A site has 2 to 200 characters.').max(200, 'A site has 2 to 200 characters.')).max(50, 'There is room for 50 sites.').default([]),
});
export type Allowed = z.infer<typeof Allowed>;

/** What holds for a new exam unless somebody says otherwise. */
export const examDefaults = { durationMinutes: 60, graceMinutes: 10, attemptsAllowed: 1, retentionDays: 30 } as const;

/** What counts more when it comes together, unless an exam says otherwise. */
export const ordinaryTogether: readonly Together[] = FindingKind.options.flatMap((kind) =>
  FindingKind.options.flatMap((other) => {
    const weight = defaultRules[kind].together?.[other];
    return weight === undefined ? [] : [{ kind, with: other, weight }];
  }),
);

const title = 'Write a title.';
const address = 'The address of the exam begins with https:// or http://. Correct it, or leave it empty.';
const duration = 'The exam takes a whole number of minutes, from 1 to 1440.';
const grace = 'The time for late parts is a whole number of minutes, from 0 to 1440.';
const attempts = 'Attempts allowed are a whole number from 1 to 20.';
const time = 'This is not a date and time.';
const Time = z.number(time).int(time).min(0, time).max(8_640_000_000_000_000, time).nullable();

/** All that an instructor sets of an exam. */
export const ExamContent = z
  .object({
    title: z.string(title).trim().min(1, title).max(200, 'A title has at most 200 characters.'),
    instructions: z.string().trim().max(5_000, 'Instructions have at most 5000 characters.').default(''),
    address: z.union([z.literal(''), z.url({ protocol: /^https?$/, error: address }).max(2_000, 'An address has at most 2000 characters.')], address).default(''),
    embed: z.boolean().default(false),
    durationMinutes: z.number(duration).int(duration).min(1, duration).max(1_440, duration),
    opensAtMs: Time.default(null),
    closesAtMs: Time.default(null),
    graceMinutes: z.number(grace).int(grace).min(0, grace).max(1_440, grace).default(examDefaults.graceMinutes),
    /** Null: as many as links are made. */
    attemptsAllowed: z.number(attempts).int(attempts).min(1, attempts).max(20, attempts).nullable().default(null),
    allowed: Allowed.default({ things: [], sites: [] }),
    rules: ExamRules,
  })
  .refine(({ rules }) => rules.webcam || rules.microphone || rules.screen !== 'off', 'Choose something that is recorded: camera, microphone or screen.')
  .refine(({ opensAtMs, closesAtMs }) => opensAtMs === null || closesAtMs === null || opensAtMs < closesAtMs, 'The exam closes after it opens. Correct one of the two times.')
  .refine(({ rules }) => !rules.identity || rules.webcam, 'A face can only be compared where the camera is recorded.');
export type ExamContent = z.infer<typeof ExamContent>;

const Reason = z.string().trim().max(500, 'A reason has at most 500 characters.').default('');

/** A new exam. The id comes from the page: asked twice, after a lost answer or by a double click, there is one exam. */
export const NewExamBody = z.object({
  id: Id,
  /** What it was begun as. Its retention is taken over as well. */
  copyOf: Id.optional(),
  exam: ExamContent,
});
export const NewExamAnswer = z.object({ exam: Id });

/** What becomes of students who have agreed to other terms and have not started: they keep those, or are asked again before they can start. */
export const AgreedChoice = z.enum(['keep', 'ask']);
export type AgreedChoice = z.infer<typeof AgreedChoice>;

/** An exam's content in place of what was there. */
export const ChangeExamBody = z.object({
  /** The version that was looked at; another one in force is not overwritten. */
  was: z.number().int().min(0),
  exam: ExamContent,
  /** Needed where the terms change and somebody has agreed to others. */
  agreed: AgreedChoice.optional(),
  reason: Reason,
});

/** Of which exam's version the deletion is asked for. */
export const DeleteExamQuery = z.object({ was: z.coerce.number().int().min(0) });

/** What a page needs to set up an exam of a course. */
export const SetupContext = z.object({
  course: z.object({ id: Id, name: z.string(), code: z.string() }),
  /** As students are told it; `retentionDays` is the exam's. */
  notice: StudentAttempt.shape.notice,
});
export type SetupContext = z.infer<typeof SetupContext>;

/** An exam as it is set up. */
export const ExamSetup = SetupContext.extend({
  id: Id,
  version: z.number(),
  exam: ExamContent,
  attempts: z.object({
    /** Not agreed yet: they follow the exam. */
    waiting: z.number(),
    /** Agreed, and not started. */
    agreed: z.number(),
    /** Of these: to other terms than the exam's. */
    toOther: z.number(),
    /** In the exam. */
    running: z.number(),
    over: z.number(),
  }),
  /** Answer to a change: how many students are asked again. */
  asked: z.number().optional(),
});
export type ExamSetup = z.infer<typeof ExamSetup>;

/** What a student is asked to agree to. */
export const termsOf = ({
  rules: { webcam, microphone, screen },
  durationMinutes,
  embed,
  address,
}: Pick<ExamContent, 'durationMinutes' | 'embed' | 'address'> & { rules: Pick<ExamRules, 'webcam' | 'microphone' | 'screen'> }): ExamTerms => ({
  webcam,
  microphone,
  screen,
  durationMinutes,
  embed: embed && address !== '',
});

/** Whether what was agreed to is what an exam asks for now. That the exam's page is left less closely watched needs nobody's word. */
export const sameTerms = (agreed: ExamTerms, now: ExamTerms): boolean =>
  agreed.webcam === now.webcam &&
  agreed.microphone === now.microphone &&
  agreed.screen === now.screen &&
  agreed.durationMinutes === now.durationMinutes &&
  (agreed.embed || !now.embed);
