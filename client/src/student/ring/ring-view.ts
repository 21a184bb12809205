import type { Source } from '@vigil/protocol';
import type { KeepingState } from './messages.js';
import { nothingToSend, type SendingView } from './sending-view.js';

/** What the page shows of the browser's own recording. */
export interface RingView {
  keeping: KeepingState;
  /** Which sources are being kept now. */
  sources: readonly Source[];
  sending: SendingView;
  /** The server was asked at least once what it lacks, or never will be. */
  asked: boolean;
}

/** Before the ring is there. */
export const ringToCome: RingView = { keeping: 'waiting', sources: [], sending: nothingToSend, asked: false };

/** Where there will be none. */
export const noRing: RingView = { ...ringToCome, keeping: 'none', asked: true };

/** Whether closing the page leaves something that the server may want on this computer. */
export const leavesSomething = ({ sending: { state, leftBytes } }: RingView): boolean =>
  leftBytes > 0 && state !== 'received' && state !== 'closed';
