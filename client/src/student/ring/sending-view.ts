/**
 * How it stands with what is kept on this computer.
 * `idle`: nothing is to be sent now. `waiting`: something is left, and the server has not said yet whether it wants it.
 * `received`: the attempt is over, and the server has all that it wanted. `closed`: it takes nothing any more.
 */
export type SendingState = 'idle' | 'waiting' | 'sending' | 'received' | 'closed';

/** What the student sees of the sending. Bytes and ms are of the recording. */
export interface SendingView {
  state: SendingState;
  /** Of what is sent in one go. */
  sentBytes: number;
  totalBytes: number;
  totalMs: number;
  /** All that is kept here, also where the server may not want it. */
  leftBytes: number;
  leftMs: number;
}

/** Before anything is known. */
export const nothingToSend: SendingView = { state: 'idle', sentBytes: 0, totalBytes: 0, totalMs: 0, leftBytes: 0, leftMs: 0 };

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

/** How long a recording is, roughly: `less than a minute`, `about 2 minutes`. */
export function aboutText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  return `about ${minutes} minute${minutes === 1 ? '' : 's'}`;
}

/** The sentence that tells of it; undefined when there is nothing to tell. */
export function sendingText({ state, sentBytes, totalBytes, totalMs, leftBytes, leftMs }: SendingView): string | undefined {
  switch (state) {
    case 'sending':
      return `Sending what was kept on this computer: ${megabytes(sentBytes)} of ${megabytes(totalBytes)} MB, ${aboutText(totalMs)}.`;
    case 'waiting':
      return leftBytes ? `Kept on this computer: ${megabytes(leftBytes)} MB, ${aboutText(leftMs)}. The server is asked what it still needs.` : undefined;
    case 'received':
      return 'Everything has been received. You may close this page.';
    case 'closed':
      return 'The time in which recordings could still be sent is over. What was kept on this computer has been removed. Tell your instructor if something is missing.';
    case 'idle':
      return undefined;
  }
}
