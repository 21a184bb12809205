import { VigilError } from '@vigil/protocol';
import { trusted } from '../store/mongoose.js';
import { advance } from './advance.js';

/**
 * Takes an agreement back that was to what the exam is no more: the student is asked again before they can start. One who has started
 * meanwhile, or whose attempt was opened again after its end, keeps what was agreed to.
 * @returns whether they are asked again.
 * @throws {VigilError} noDatabase.
 */
export async function askAgain(attempt: string, nowMs: number): Promise<boolean> {
  try {
    await advance(attempt, 'askAgain', { event: { atMs: nowMs, kind: 'asked-again' }, where: { startedAt: trusted({ $exists: false }) }, unset: ['agreement', 'terms'] });
    return true;
  } catch (error) {
    if (!(error instanceof VigilError) || error.reason === 'noDatabase') throw error;
    return false;
  }
}
