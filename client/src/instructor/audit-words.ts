import { Accommodations, AgreedChoice, Allowed, Evidence, ExamRules, type ExamTerms, FindingKind, OnboardingStep, RequestKind, ReviewMove, ReviewState, sourcesOf, Verdict, type AuditEntry } from '@vigil/protocol';
import { z } from 'zod';
import { entriesOf } from './entries.js';
import { formatPosition } from './player/time-format.js';
import { kindShort, moveWords, pointsWords, reviewWords, sourceWords, stepWords, verdictWords } from './words.js';

const kindList = (kinds: readonly FindingKind[]): string => kinds.map((kind) => kindShort[kind]).join(', ');

/** What is made easier for a student, e.g. `30 minutes more; not recorded: Webcam; not looked for: Looking away`. */
export function accommodationWords({ off, without, extraMinutes }: Accommodations): string {
  const parts = [
    extraMinutes && `${extraMinutes} ${extraMinutes === 1 ? 'minute' : 'minutes'} more`,
    without.length && `not recorded: ${without.map((source) => sourceWords[source]).join(', ')}`,
    off.length && `not looked for: ${kindList(off)}`,
  ];
  return parts.filter(Boolean).join('; ') || 'nothing is made easier';
}

/** What a student has agreed to, e.g. `60 minutes; Webcam, Screen`. */
export const termsWords = (terms: ExamTerms): string =>
  `${terms.durationMinutes} ${terms.durationMinutes === 1 ? 'minute' : 'minutes'}; ${sourcesOf(terms).map((source) => sourceWords[source]).join(', ')}`;

const Rules = z.object({
  weights: ExamRules.shape.weights.nullable(),
  off: ExamRules.shape.off.nullable(),
  words: ExamRules.shape.words.nullable(),
  identity: ExamRules.shape.identity.nullable(),
  fullscreen: ExamRules.shape.fullscreen.nullable(),
  secondReviewer: ExamRules.shape.secondReviewer.nullable(),
  minimumSeconds: ExamRules.shape.minimumSeconds.nullable(),
  together: ExamRules.shape.together.nullable(),
});

const Content = z.object({
  title: z.string(),
  instructions: z.string(),
  address: z.string(),
  embed: z.boolean(),
  durationMinutes: z.number(),
  opensAt: z.coerce.date().nullable(),
  closesAt: z.coerce.date().nullable(),
  graceMinutes: z.number(),
  attemptsAllowed: z.number().nullable(),
  allowed: Allowed.nullable(),
  webcam: z.boolean(),
  microphone: z.boolean(),
  screen: ExamRules.shape.screen,
}).partial();
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const screenWords = { monitor: 'the whole screen', any: 'screen, window or tab', off: 'not recorded' } as const;

/** What of an exam became another, beside its rules; what is null has no value any more. */
function contentWords(after: unknown): string {
  const parsed = Content.safeParse(after);
  if (!parsed.success) return 'the exam was changed';
  const { title, instructions, address, embed, durationMinutes, opensAt, closesAt, graceMinutes, attemptsAllowed, allowed, webcam, microphone, screen } = parsed.data;
  const when = (what: string, at: Date | null | undefined): string | false => at !== undefined && (at ? `${what} ${date.format(at)}` : `no time at which it ${what}`);
  const parts = [
    title !== undefined && `title: ${title}`,
    instructions !== undefined && 'other instructions',
    address !== undefined && (address ? `address: ${address}` : 'no address'),
    embed !== undefined && (embed ? 'inside of Vigil’s page' : 'not inside of Vigil’s page'),
    durationMinutes !== undefined && `${durationMinutes} minutes`,
    when('opens', opensAt),
    when('closes', closesAt),
    graceMinutes !== undefined && `${graceMinutes} minutes for late parts`,
    attemptsAllowed !== undefined && (attemptsAllowed === null ? 'any number of attempts' : `attempts allowed: ${attemptsAllowed}`),
    allowed !== undefined && (allowed ? `allowed: ${[...allowed.things, ...allowed.sites].join(', ')}` : 'nothing is named as allowed'),
    webcam !== undefined && (webcam ? 'the webcam is recorded' : 'the webcam is not recorded'),
    microphone !== undefined && (microphone ? 'the microphone is recorded' : 'the microphone is not recorded'),
    screen !== undefined && `screen: ${screenWords[screen]}`,
  ];
  return parts.filter(Boolean).join('; ');
}

const agreedWords = { keep: 'who had agreed keeps that', ask: 'who had agreed is asked again' } as const;

/** A change of an exam, of its rules as well. */
function examWords({ after, agreed }: Record<string, unknown>): string {
  const choice = AgreedChoice.safeParse(agreed);
  const said = [contentWords(after), rulesWords(after), choice.success && agreedWords[choice.data]].filter(Boolean).join('; ');
  return said || 'nothing changed';
}

/** What of an exam's rules became another; what is null became the ordinary. */
function rulesWords(after: unknown): string {
  const parsed = Rules.safeParse(after);
  if (!parsed.success) return 'rules changed';
  const { weights, minimumSeconds, together, off, words, identity, fullscreen, secondReviewer } = parsed.data;
  const lasting = entriesOf(minimumSeconds ?? {}).map(([kind, seconds]) => `${kindShort[kind]} ${seconds} s`);
  const pairs = together?.map((one) => `${kindShort[one.kind]} with ${kindShort[one.with]} ${pointsWords(one.weight)} more`);
  const own = entriesOf(weights ?? {}).map(([kind, points]) => `${kindShort[kind]} ${pointsWords(points)}`);
  const parts = [
    weights !== undefined && (own.length ? `points: ${own.join(', ')}` : 'the ordinary points'),
    minimumSeconds !== undefined && (lasting.length ? `shown from: ${lasting.join(', ')}` : 'the ordinary lengths'),
    together !== undefined && (pairs ? (pairs.length ? `together: ${pairs.join(', ')}` : 'nothing counts more together') : 'the ordinary pairs'),
    off !== undefined && (off?.length ? `not looked for: ${kindList(off)}` : 'all kinds are looked for'),
    words !== undefined && (words?.length ? `words on the screen: ${words.join(', ')}` : 'no words on the screen'),
    identity !== undefined &&
      (identity ? `the face is compared${identity.document ? ', with an identity document' : ''}${identity.room ? ', with a look around the room' : ''}` : 'the face is not compared'),
    fullscreen !== undefined && (fullscreen ? 'full screen is asked for' : 'full screen is not asked for'),
    secondReviewer !== undefined && (secondReviewer ? 'a violation needs a second reviewer' : 'a violation needs no second reviewer'),
  ];
  return parts.filter(Boolean).join('; ');
}

const Onboarded = z.object({ student: z.string(), step: OnboardingStep, accepted: z.boolean().nullable().optional() });

function onboardingWords(action: 'onboarding-viewed' | 'onboarding-decided', detail: unknown): string {
  const parsed = Onboarded.safeParse(detail);
  if (!parsed.success) return 'An onboarding';
  const { student, step, accepted } = parsed.data;
  const outcome = { true: 'accepted', false: 'not accepted', null: 'not decided', undefined: 'decided on' }[String(accepted) as 'true' | 'false' | 'null' | 'undefined'];
  return `${student}, ${stepWords[step]}: ${action === 'onboarding-viewed' ? 'looked at' : outcome}`;
}

const Marked = z.object({ kind: FindingKind, before: Verdict.nullable(), after: Verdict.nullable() });

function markedWords(detail: unknown): string {
  const parsed = Marked.safeParse(detail);
  if (!parsed.success) return 'A finding was marked';
  const { kind, before, after } = parsed.data;
  return `${kindShort[kind]}: ${after ? verdictWords[after].toLowerCase() : before ? `no longer ${verdictWords[before].toLowerCase()}` : 'as before'}`;
}

const Moved = z.object({ move: ReviewMove.nullable(), after: ReviewState });

function movedWords(detail: unknown): string {
  const parsed = Moved.safeParse(detail);
  if (!parsed.success) return 'A decision';
  const { move, after } = parsed.data;
  return `Decision: ${(move ? moveWords[move] : reviewWords[after]).toLowerCase()}`;
}

const Clip = z.object({ fromMs: z.number(), toMs: z.number() });

function exportWords(detail: unknown): string {
  const clip = Clip.safeParse(detail);
  return clip.success ? `Clip exported: ${formatPosition(clip.data.fromMs)} to ${formatPosition(clip.data.toMs)}` : 'Clip exported';
}

const Moments = z.array(z.object({ kind: FindingKind }));
const Shown = z.union([z.object({ shown: Moments }), z.object({ takenBack: Moments })]);

function releaseWords(detail: unknown): string {
  const parsed = Shown.safeParse(detail);
  if (!parsed.success) return 'Findings shown to the student';
  return 'shown' in parsed.data ? `Shown to the student: ${kindList(parsed.data.shown.map(({ kind }) => kind))}` : `No longer shown to the student: ${kindList(parsed.data.takenBack.map(({ kind }) => kind))}`;
}

const Asked = z.object({ kind: RequestKind.nullable(), before: Evidence.optional(), after: Evidence.optional() });

function askedWords(action: 'student-request' | 'student-answered', detail: unknown): string {
  const parsed = Asked.safeParse(detail);
  if (!parsed.success || !parsed.data.kind) return action === 'student-request' ? 'No new request' : 'No answer';
  const { kind, before, after } = parsed.data;
  if (action === 'student-request') return kind === 'dispute' ? 'Contested by the student: the recording is kept' : 'The student asks for deletion';
  const off = before === 'held' && after !== 'held';
  return `${kind === 'dispute' ? 'What the student contests' : 'The request for deletion'} is answered${off ? ': the hold is taken off' : ''}`;
}

const Opened = z.object({ minutes: z.number().nullable() });
const Numbered = z.object({ number: z.number().nullable() });
const Added = z.object({ added: z.number() });
const Removed = z.object({ student: z.string() });

/** What was done about the list of students, or about a student's attempts. */
function rosterWords(action: 'students-added' | 'student-removed' | 'link-renewed' | 'reopened' | 'retake', detail: unknown): string {
  switch (action) {
    case 'students-added': {
      const added = Added.safeParse(detail).data?.added;
      return added === undefined ? 'Students added' : `${added} ${added === 1 ? 'student' : 'students'} added`;
    }
    case 'student-removed':
      return `Taken off the list: ${Removed.safeParse(detail).data?.student ?? 'a student'}`;
    case 'link-renewed':
      return 'A new link in the place of the one before';
    case 'reopened': {
      const minutes = Opened.safeParse(detail).data?.minutes;
      return minutes === null ? 'Not opened again' : `Opened again${minutes === undefined ? '' : `, with ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`}`;
    }
    case 'retake': {
      const number = Numbered.safeParse(detail).data?.number;
      return number === null ? 'No other attempt made' : `Another attempt given${number === undefined ? '' : `: number ${number}`}`;
    }
  }
}

/** What an entry of the audit log says that was done. */
export function auditWords({ action, detail }: Pick<AuditEntry, 'action' | 'detail'>): string {
  if (action === 'onboarding-viewed' || action === 'onboarding-decided') return onboardingWords(action, detail);
  if (action === 'resolution') return markedWords(detail);
  if (action === 'review') return movedWords(detail);
  if (action === 'reviewed') return detail.reviewed === true ? 'Marked as reviewed' : 'The mark “reviewed” taken away';
  if (action === 'release') return releaseWords(detail);
  if (action === 'student-request' || action === 'student-answered') return askedWords(action, detail);
  if (action === 'student-download') return 'The student’s data downloaded';
  if (action === 'rules') return `Rules of the exam: ${rulesWords(detail.after)}`;
  if (action === 'exam') return `Exam changed: ${examWords(detail)}`;
  if (action === 'exam-made') return `Exam made${typeof detail.copyOfTitle === 'string' ? `, as a copy of ${detail.copyOfTitle}` : ''}`;
  if (action === 'exam-deleted') return 'Exam deleted';
  if (action === 'export') return exportWords(detail);
  if (action !== 'accommodations') return rosterWords(action, detail);
  const accommodations = Accommodations.safeParse(detail.after);
  return `For this student: ${accommodations.success ? accommodationWords(accommodations.data) : 'accommodations changed'}`;
}
