/**
 * How it stands with what is kept on this computer.
 * `idle`: nothing is to be sent now. `waiting`: something is left, and the server has not said yet whether it wants it. `sent`: what was
 * kept while the connection was lost, or by an earlier page, has gone.
 * `received`: the attempt is over, and the server has all that it wanted. `closed`: it takes nothing any more.
 */
export type SendingState = 'idle' | 'waiting' | 'sending' | 'sent' | 'received' | 'closed';

/** What the student sees of the sending. */
export interface SendingView {
  state: SendingState;
  /** Of what is sent in one go. */
  sentBytes: number;
  totalBytes: number;
  /** How long the rest will take, ms, by the speed so far; null while that is not known. */
  restMs: number | null;
  /** All that is kept here, also where the server may not want it. */
  leftBytes: number;
}

/** Before anything is known. */
export const nothingToSend: SendingView = { state: 'idle', sentBytes: 0, totalBytes: 0, restMs: null, leftBytes: 0 };

/** Whether something is being sent, or waits for the server to say whether it wants it. */
export const isPending = ({ state, leftBytes }: SendingView): boolean => state === 'sending' || (state === 'waiting' && leftBytes > 0);

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

/** Below it the bar says enough, bytes. */
const worthTelling = 1_000_000;

/** How long it still takes, roughly; less than a minute is not worth a word. */
function restText(restMs: number | null): string {
  const minutes = Math.round((restMs ?? 0) / 60_000);
  return minutes < 1 ? '' : `, about ${minutes} minute${minutes === 1 ? '' : 's'} left`;
}

/** The sentence that tells of it; undefined when there is nothing to tell. */
export function sendingText({ state, sentBytes, totalBytes, restMs, leftBytes }: SendingView): string | undefined {
  switch (state) {
    case 'sending':
      return `Sending what was kept on this computer${totalBytes < worthTelling ? '' : `: ${megabytes(sentBytes)} of ${megabytes(totalBytes)} MB`}${restText(restMs)}.`;
    case 'waiting':
      return leftBytes ? `Part of the recording is kept on this computer${leftBytes < worthTelling ? '' : ` (${megabytes(leftBytes)} MB)`}. The server is asked what it still needs.` : undefined;
    case 'received':
      return 'Everything has been received. You may close this page.';
    case 'closed':
      return 'The time in which recordings could still be sent is over. What was kept on this computer has been removed. Tell your instructor if something is missing.';
    case 'sent':
    case 'idle':
      return undefined;
  }
}
