import {
  Account,
  type Accommodations,
  AttemptStrips,
  AttemptTimeline,
  AttemptWords,
  AuditEntry,
  type ChangeExamBody,
  CourseSummary,
  Decision,
  type DecisionBody,
  type ExamContent,
  ExamDetail,
  ExamSetup,
  FalseFindings,
  ExamWords,
  isReason,
  type MarkBody,
  NewAttemptAnswer,
  NewExamAnswer,
  OnboardingSummary,
  Resolution,
  ReviewNote,
  type ReviewNoteBody,
  type OverviewView,
  type ReopenBody,
  Roster,
  RosterAnswer,
  type RosterLine,
  SavedView,
  SetupContext,
  type ReleaseBody,
  StudentSide,
  StudentLink,
  VigilError,
  type OnboardingStep,
} from '@vigil/protocol';
import { z } from 'zod';

const Failure = z.object({ reason: z.string(), message: z.string() });

async function request<T extends z.ZodType>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  schema: T,
  body?: unknown,
): Promise<z.infer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
  } catch (error) {
    throw new VigilError('internal', 'The server cannot be reached. Check your connection, then try again.', {
      cause: error,
    });
  }
  const text = await response.text();
  let data: unknown;
  try {
    data = text ? JSON.parse(text) : undefined;
  } catch {
    data = undefined;
  }
  if (!response.ok) {
    const failure = Failure.safeParse(data);
    if (failure.success && isReason(failure.data.reason))
      throw new VigilError(failure.data.reason, failure.data.message);
    throw new VigilError(response.status === 401 ? 'notSignedIn' : 'internal');
  }
  const answer = schema.safeParse(data);
  if (!answer.success)
    throw new VigilError('internal', 'The server’s answer could not be understood. Reload the page.', {
      cause: answer.error,
    });
  return answer.data;
}

/** The instructor's part of the HTTP contract; each call throws a `VigilError`, with a sentence for people. */
export const api = {
  account: () => request('GET', '/api/session', Account),
  signIn: (email: string, password: string) => request('POST', '/api/session', Account, { email, password }),
  signOut: () => request('DELETE', '/api/session', z.unknown()),
  courses: () => request('GET', '/api/courses', z.array(CourseSummary)),
  exam: (id: string) => request('GET', `/api/exams/${id}`, ExamDetail),
  examWords: (exam: string, words: string) => request('GET', `/api/exams/${exam}/words?q=${encodeURIComponent(words)}`, ExamWords),
  markReviewed: (exam: string, attempts: string[], reviewed: boolean) => request('PUT', `/api/exams/${exam}/reviewed`, z.object({ changed: z.array(z.string()) }), { attempts, reviewed }),
  views: (exam: string) => request('GET', `/api/exams/${exam}/views`, z.array(SavedView)),
  saveView: (exam: string, name: string, view: OverviewView) => request('PUT', `/api/exams/${exam}/views`, z.array(SavedView), { name, view }),
  deleteView: (exam: string, view: string) => request('DELETE', `/api/exams/${exam}/views/${view}`, z.array(SavedView)),
  newAttempt: (exam: string, name: string, email: string) =>
    request('POST', `/api/exams/${exam}/attempts`, NewAttemptAnswer, { name, email }),
  roster: (exam: string) => request('GET', `/api/exams/${exam}/roster`, Roster),
  addStudents: (exam: string, students: RosterLine[], reason: string) => request('POST', `/api/exams/${exam}/roster`, RosterAnswer, { students, reason }),
  links: (exam: string) => request('GET', `/api/exams/${exam}/links`, z.array(StudentLink)),
  link: (attempt: string) => request('GET', `/api/attempts/${attempt}/link`, StudentLink),
  newLink: (attempt: string, reason: string) => request('POST', `/api/attempts/${attempt}/link`, StudentLink, { reason }),
  removeAttempt: (attempt: string) => request('DELETE', `/api/attempts/${attempt}`, z.object({})),
  reopen: (attempt: string, body: z.input<typeof ReopenBody>) => request('POST', `/api/attempts/${attempt}/reopening`, z.object({}), body),
  retake: (attempt: string, number: number, reason: string) => request('POST', `/api/attempts/${attempt}/retake`, NewAttemptAnswer, { number, reason }),
  onboardings: (course: string) => request('GET', `/api/courses/${course}/onboardings`, z.array(OnboardingSummary)),
  decide: (onboarding: string, step: OnboardingStep, look: string, accepted: boolean, reason: string) =>
    request('POST', `/api/onboardings/${onboarding}/decision`, OnboardingSummary, { step, look, accepted, reason }),
  setupContext: (course: string) => request('GET', `/api/courses/${course}/setup`, SetupContext),
  makeExam: (course: string, id: string, exam: ExamContent, copyOf?: string) =>
    request('POST', `/api/courses/${course}/exams`, NewExamAnswer, { id, exam, ...(copyOf !== undefined && { copyOf }) }),
  examSetup: (exam: string) => request('GET', `/api/exams/${exam}/setup`, ExamSetup),
  changeExam: (exam: string, body: z.input<typeof ChangeExamBody>) => request('PUT', `/api/exams/${exam}`, ExamSetup, body),
  deleteExam: (exam: string, was: number) => request('DELETE', `/api/exams/${exam}?was=${was}`, z.object({})),
  setAccommodations: (attempt: string, accommodations: Accommodations, reason: string) =>
    request('PUT', `/api/attempts/${attempt}/accommodations`, z.object({}), { accommodations, reason }),
  recordExport: (attempt: string, fromMs: number, toMs: number, reason: string) =>
    request('POST', `/api/attempts/${attempt}/exports`, z.object({}), { fromMs, toMs, reason }),
  courseAudit: (course: string) => request('GET', `/api/courses/${course}/audit`, z.array(AuditEntry)),
  audit: (attempt: string) => request('GET', `/api/attempts/${attempt}/audit`, z.array(AuditEntry)),
  attempt: (id: string) => request('GET', `/api/attempts/${id}`, AttemptTimeline),
  strips: (attempt: string) => request('GET', `/api/attempts/${attempt}/strips`, AttemptStrips),
  mark: (attempt: string, body: z.input<typeof MarkBody>) => request('POST', `/api/attempts/${attempt}/resolutions`, Resolution, body),
  takeBack: ({ id, atMs }: Resolution) => request('DELETE', `/api/resolutions/${id}?at=${atMs}`, z.object({})),
  falseFindings: (exam: string) => request('GET', `/api/exams/${exam}/false-findings`, z.array(FalseFindings)),
  move: (attempt: string, body: z.input<typeof DecisionBody>) => request('POST', `/api/attempts/${attempt}/decisions`, Decision, body),
  addNote: (attempt: string, body: z.input<typeof ReviewNoteBody>) => request('POST', `/api/attempts/${attempt}/notes`, ReviewNote, body),
  changeNote: (note: string, body: z.input<typeof ReviewNoteBody>) => request('PUT', `/api/notes/${note}`, ReviewNote, body),
  removeNote: (note: string) => request('DELETE', `/api/notes/${note}`, z.object({})),
  studentSide: (attempt: string) => request('GET', `/api/attempts/${attempt}/student-side`, StudentSide),
  release: (attempt: string, body: z.input<typeof ReleaseBody>) => request('POST', `/api/attempts/${attempt}/releases`, z.object({}), body),
  takeBackRelease: (release: string) => request('DELETE', `/api/releases/${release}`, z.object({})),
  readReplies: (attempt: string, upToMs: number) => request('PUT', `/api/attempts/${attempt}/replies-read`, z.object({}), { upToMs }),
  answerRequest: (attempt: string, asked: string, text: string) => request('POST', `/api/attempts/${attempt}/answers`, z.object({}), { request: asked, text }),
  attemptWords: (id: string, words: string) => request('GET', `/api/attempts/${id}/words?q=${encodeURIComponent(words)}`, AttemptWords),
};

/** Where what a student showed is. */
export const shownAddress = (onboarding: string, look: string): string => `/api/onboardings/${onboarding}/${look}`;

/** What to tell a person about anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof VigilError) return error.message;
  // What Media Source Extensions throw for a codec or bytes that the browser cannot read.
  if (error instanceof DOMException) return 'This browser cannot play this part. Try a current Chrome, Edge or Firefox.';
  return new VigilError('internal').message;
}

/** Whether signing in again is what helps. */
export const isSignedOut = (error: unknown): boolean =>
  error instanceof VigilError && error.reason === 'notSignedIn';
