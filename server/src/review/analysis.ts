import type { AnalysisState, AttemptSummary, Progress } from '@vigil/protocol';
import { hasEnded } from '../attempts/progress.js';
import type { Judging } from '../store/index.js';

/**
 * How far the recorder workers are with an attempt. While it is recorded there is always more to come.
 * @param states of its segments. @param judging of what was measured in them, or noticed by the browser; undefined: nothing was yet.
 */
export function analysisOf(progress: Progress, states: readonly AnalysisState[], judging: Judging | undefined): AttemptSummary['analysis'] {
  if (states.length === 0 && !judging) return 'none';
  if (states.includes('dead') || judging === 'failed') return 'failed';
  if (states.length > 0 && states.every((state) => state === 'pending')) return 'pending';
  if (states.some((state) => state !== 'done')) return 'running';
  if (!hasEnded(progress)) return 'up-to-date';
  return judging === 'open' ? 'running' : 'done';
}
