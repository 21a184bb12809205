import type { AnalysisState, AttemptSummary, Progress } from '@vigil/protocol';

/** How far the recorder workers are with an attempt. While it is recorded there is always more to come. */
export function analysisOf(progress: Progress, states: readonly AnalysisState[]): AttemptSummary['analysis'] {
  if (states.length === 0) return 'none';
  if (states.includes('dead')) return 'failed';
  if (states.every((state) => state === 'pending')) return 'pending';
  if (states.some((state) => state !== 'done')) return 'running';
  return progress === 'recording' || progress === 'interrupted' ? 'up-to-date' : 'done';
}
