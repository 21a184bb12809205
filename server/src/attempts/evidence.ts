import type { Evidence } from '@vigil/protocol';

/** Every move on the evidence axis (DESIGN 7). What is not here is forbidden. */
export const evidenceMoves = {
  /** All that the exam asked for is in the record. */
  complete: { from: ['receiving', 'partial'], to: 'complete' },
  /** The attempt is over, and something is missing that the browser did not send, or not yet. */
  lack: { from: ['receiving'], to: 'partial' },
  /** The attempt was opened again. */
  reopen: { from: ['partial', 'complete'], to: 'receiving' },
  /** Kept beyond its time, for a dispute or an investigation; also while parts may still come. */
  hold: { from: ['receiving', 'partial', 'complete'], to: 'held' },
  /** The hold is off, and the record is what it is found to be. */
  releasePartial: { from: ['held'], to: 'partial' },
  releaseComplete: { from: ['held'], to: 'complete' },
  /** The hold is off while the attempt goes on, or is open again: its record is not all there yet. */
  releaseReceiving: { from: ['held'], to: 'receiving' },
  /** Its time is over. What is held is never purged. */
  purge: { from: ['receiving', 'partial', 'complete'], to: 'purged' },
} as const satisfies Record<string, { from: readonly Evidence[]; to: Evidence }>;

/** Where the evidence of an attempt is after it was opened again: what is held, or is still coming, stays so. */
export const reopenedEvidence = (evidence: Evidence): Evidence =>
  (evidenceMoves.reopen.from as readonly Evidence[]).includes(evidence) ? evidenceMoves.reopen.to : evidence;

/** The name of a move on the evidence axis. */
export type EvidenceMove = keyof typeof evidenceMoves;
