import type { BrowserEvent, CoverageAnswer, FreshLook, Practice, SessionAnswer, StudentAttempt } from '@vigil/protocol';
import { VigilError, isReason } from '@vigil/protocol/errors';

/** The server gave no answer, or not one of Vigil's: worth another try. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  constructor(options?: ErrorOptions) {
    super('The exam server cannot be reached. Check your internet connection.', options);
  }
}

/** Longest wait for an HTTP answer, ms; a new session is asked for inside the reconnection, where each second counts. */
const answerWithinMs = { attempt: 8_000, agreement: 8_000, session: 4_000, note: 8_000, events: 8_000, coverage: 8_000, sent: 8_000, look: 15_000, practice: 8_000, 'practice/session': 4_000 };

/** What the student's page asks over HTTP (protocol/http.ts). Each call throws `VigilError` or `Unreachable`. */
export interface StudentApi {
  attempt(): Promise<StudentAttempt>;
  agree(noticeVersion: string, agreed: boolean): Promise<StudentAttempt>;
  session(): Promise<SessionAnswer>;
  /** A line for the attempt's history on the browser's own recording; at most 200 characters. */
  note(detail: string): Promise<unknown>;
  /** What the page noticed of its browser. */
  events(events: readonly BrowserEvent[]): Promise<unknown>;
  /** What the record lacks. */
  coverage(): Promise<CoverageAnswer>;
  /** This browser has nothing left that the server wants. */
  sent(): Promise<CoverageAnswer>;
  /** Is this JPEG's face the one of the onboarding? */
  look(picture: Blob): Promise<FreshLook>;
  /** A new practice, in the place of one that was before. */
  beginPractice(): Promise<Practice>;
  practiceSession(): Promise<SessionAnswer>;
  /** What is recorded of the practice, which is then kept for a while longer. */
  practice(): Promise<Practice>;
  deletePractice(): Promise<unknown>;
  /** What is no JSON, such as a segment of the practice or the picture of a finding, as `fetch` gives it. */
  media(url: string, init: RequestInit): Promise<Response>;
}

/** One request in the name of a link. Throws `VigilError` or `Unreachable`. */
export type Ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, withinMs: number, body?: object) => Promise<unknown>;

/** The error inside a failed answer, whatever its shape. */
export function toError(body: unknown): VigilError | Unreachable {
  if (typeof body === 'object' && body !== null && 'reason' in body) {
    const { reason } = body;
    const message = 'message' in body && typeof body.message === 'string' ? body.message : undefined;
    if (typeof reason === 'string' && isReason(reason)) return new VigilError(reason, message);
  }
  return new Unreachable();
}

/** @param token of the student's link. A body that is no `Blob` is sent as JSON. */
export function createAsk(token: string, fetcher: typeof fetch = fetch): Ask {
  return async (method, path, withinMs, body) => {
    const json = body && !(body instanceof Blob);
    let response: Response;
    let answer: unknown;
    try {
      response = await fetcher(`/api/student/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) },
        ...(body && { body: body instanceof Blob ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(withinMs),
        cache: 'no-store',
      });
      answer = await response.json();
    } catch (error) {
      throw new Unreachable({ cause: error });
    }
    if (!response.ok) throw toError(answer);
    return answer;
  };
}

/** @param token of the student's link. */
export function createApi(token: string, fetcher: typeof fetch = fetch): StudentApi {
  const ask = createAsk(token, fetcher);
  const call = (method: 'GET' | 'POST' | 'DELETE', path: keyof typeof answerWithinMs, body?: object): Promise<unknown> => ask(method, path, answerWithinMs[path], body);
  // The server is our own and typed by the same contract; parsing its answers again would cost students zod's weight.
  return {
    attempt: () => call('GET', 'attempt') as Promise<StudentAttempt>,
    agree: (noticeVersion, agreed) => call('POST', 'agreement', { noticeVersion, agreed }) as Promise<StudentAttempt>,
    session: () => call('POST', 'session', {}) as Promise<SessionAnswer>,
    note: (detail) => call('POST', 'note', { detail }),
    events: (events) => call('POST', 'events', { events }),
    coverage: () => call('GET', 'coverage') as Promise<CoverageAnswer>,
    sent: () => call('POST', 'sent', {}) as Promise<CoverageAnswer>,
    look: (picture) => call('POST', 'look', picture) as Promise<FreshLook>,
    beginPractice: () => call('POST', 'practice', {}) as Promise<Practice>,
    practiceSession: () => call('POST', 'practice/session', {}) as Promise<SessionAnswer>,
    practice: () => call('GET', 'practice') as Promise<Practice>,
    deletePractice: () => call('DELETE', 'practice'),
    media: (url, init) => fetcher(url, { ...init, headers: { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${token}` } }),
  };
}

/** Whom a student asks whose link does not open an exam; undefined where the server does not say. */
export async function askContact(): Promise<string | undefined> {
  try {
    const answer = (await (await fetch('/api/contact')).json()) as { contact?: unknown };
    return typeof answer.contact === 'string' ? answer.contact : undefined;
  } catch {
    return undefined;
  }
}
