/**
 * Every way in which Vigil says no: one reason, one HTTP status, one sentence that a person can act on.
 * The same reason is a socket's ack and an HTTP answer `{ reason, message }`.
 */
export const reasons = {
  badInput: [400, 'Something in the request is not as expected.'],
  notSignedIn: [401, 'You are not signed in. Sign in and try again.'],
  wrongPassword: [401, 'The e-mail address or the password is not right. Check both and try again.'],
  linkExpired: [410, 'This link has expired. Ask your instructor for a new one.'],
  linkInvalid: [401, 'This link is not complete or not for this server. Copy the whole link again, or ask your instructor for it.'],
  attemptEnded: [409, 'This exam attempt has ended. Nothing more is recorded. Ask your instructor if that is not right.'],
  notAgreed: [409, 'Recording starts only after you agree. Go back to the first page of the exam.'],
  notOpenYet: [409, 'The exam is not open yet. Come back at the time your instructor gave you.'],
  examClosed: [409, 'The exam is closed. Ask your instructor what to do.'],
  replaced: [409, 'The exam was opened in another tab or on another device. It is recorded there. Close this one.'],
  sendingClosed: [410, 'The time in which recordings could still be sent is over. Tell your instructor if something is missing.'],
  pieceInvalid: [422, 'This part of the recording cannot be read, or does not belong to this attempt. The rest is sent on.'],
  notAllowed: [403, 'You may not do that.'],
  wrongOrigin: [403, 'The request came from another site. Open Vigil by its own address.'],
  notFound: [404, 'There is nothing at this address. It may have been removed.'],
  wrongState: [409, 'That is not possible at this point of the attempt. Reload the page.'],
  wrongSurface: [409, 'The exam asks for the whole screen. Share again and choose the entire screen, not a window or a tab.'],
  tooLarge: [413, 'The request is too large.'],
  badRange: [416, 'The requested part is outside of the file.'],
  tooMany: [429, 'Too many tries. Wait a minute, then try again.'],
  diskFull: [507, 'The server has no room left for recordings. It goes on by itself when there is room; the operator is told.'],
  noDatabase: [503, 'The server cannot reach its database. It goes on trying; try again in a minute.'],
  noWorker: [503, 'Nobody can look at the picture at this moment. Try again in a minute, or let a person look at it.'],
  noMedia: [503, 'No media server is ready. Try again in a few seconds.'],
  internal: [500, 'Something went wrong on the server. Try again; if it stays, tell the operator the time it happened.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type Reason = keyof typeof reasons;

export const isReason = (text: string): text is Reason => Object.hasOwn(reasons, text);

/** An expected error. `detail` replaces the general sentence; it must not hold secrets, paths or stack traces. */
export class VigilError extends Error {
  readonly reason: Reason;
  constructor(reason: Reason, detail?: string, options?: ErrorOptions) {
    super(detail ?? reasons[reason][1], options);
    this.name = 'VigilError';
    this.reason = reason;
  }
  get status(): number {
    return reasons[this.reason][0];
  }
}

/** What a failed request carries, as an HTTP body and inside a socket's ack. */
export interface ErrorBody {
  reason: Reason;
  message: string;
}
