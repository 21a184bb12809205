import { AttemptSummary, Evidence, Progress, ReviewState } from '@vigil/protocol';
import { describe, expect, it } from 'vitest';
import { analysisOf } from '../review/analysis.js';
import { evidenceMoves } from './evidence.js';
import { transitions } from './progress.js';
import { reviewMoves } from './review-moves.js';

type Moves = Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>>;

/** By hand, and not from the tables: each move that is allowed. Every other pair of a state and a move must be forbidden. */
const axes: Record<string, { states: readonly string[]; moves: Moves; allowed: string[] }> = {
  progress: {
    states: Progress.options,
    moves: transitions,
    allowed: [
      'created -agree-> checking',
      'checking -pass-> ready',
      'ready -begin-> recording',
      'recording -interrupt-> interrupted',
      'interrupted -resume-> recording',
      'recording -submit-> submitted',
      'interrupted -submit-> submitted',
      'submitted -reopen-> ready',
      'expired -reopen-> ready',
      'ready -lapse-> submitted',
      'created -expire-> expired',
      'checking -expire-> expired',
      'ready -expire-> expired',
      'checking -askAgain-> created',
      'ready -askAgain-> created',
      'created -withdraw-> withdrawn',
      'checking -withdraw-> withdrawn',
      'ready -withdraw-> withdrawn',
      'recording -withdraw-> withdrawn',
      'interrupted -withdraw-> withdrawn',
    ],
  },
  evidence: {
    states: Evidence.options,
    moves: evidenceMoves,
    allowed: [
      'receiving -complete-> complete',
      'partial -complete-> complete',
      'receiving -lack-> partial',
      'partial -reopen-> receiving',
      'complete -reopen-> receiving',
      'receiving -hold-> held',
      'partial -hold-> held',
      'complete -hold-> held',
      'held -releasePartial-> partial',
      'held -releaseComplete-> complete',
      'held -releaseReceiving-> receiving',
      'receiving -purge-> purged',
      'partial -purge-> purged',
      'complete -purge-> purged',
    ],
  },
  review: {
    states: ReviewState.options,
    moves: reviewMoves,
    allowed: [
      'none -flag-> flagged',
      'flagged -unflag-> none',
      'none -clear-> cleared',
      'flagged -clear-> cleared',
      'none -find-> violation',
      'flagged -find-> violation',
      'none -propose-> second_review',
      'flagged -propose-> second_review',
      'second_review -confirm-> violation',
      'second_review -sendBack-> flagged',
      'cleared -reopen-> flagged',
      'violation -reopen-> flagged',
    ],
  },
};

describe.each(Object.entries(axes))('the axis %s', (_, { states, moves, allowed }) => {
  const pairs = states.flatMap((state) => Object.keys(moves).map((move) => [state, move] as const));
  it.each(pairs)('from %s by %s', (state, move) => {
    const { from, to } = moves[move]!;
    expect(from.includes(state)).toBe(allowed.includes(`${state} -${move}-> ${to}`));
  });
  it('has no move besides', () => {
    expect(allowed.every((line) => pairs.some(([state, move]) => line.startsWith(`${state} -${move}-> `)))).toBe(true);
  });
});

describe('the axis review', () => {
  it('comes back from everywhere', () => {
    for (const { to } of Object.values(reviewMoves)) expect(Object.values(reviewMoves).some(({ from }) => (from as readonly string[]).includes(to)), to).toBe(true);
  });
});

describe('the axis analysis', () => {
  // It follows from the states of the segments, so that no table can contradict them; these are the moves that follow.
  const states = ['pending', 'leased', 'done', 'dead'] as const;
  const after = { pending: ['leased'], leased: ['done', 'pending', 'dead'], done: ['pending'], dead: ['pending'] } as const;
  const allowed: Record<string, readonly string[]> = {
    none: ['pending'],
    pending: ['running'],
    running: ['pending', 'up-to-date', 'done', 'failed'],
    'up-to-date': ['pending', 'running'],
    done: ['pending', 'running'],
    failed: ['pending', 'running', 'up-to-date', 'done'],
  };

  it('moves only where it may, whatever two segments do', () => {
    for (const progress of ['recording', 'submitted'] as const)
      for (const first of states)
        for (const second of states)
          for (const next of after[first]) {
            const [from, to] = [analysisOf(progress, [first, second], 'done'), analysisOf(progress, [next, second], 'done')];
            if (from !== to) expect(allowed[from], `${progress}: ${first} and ${second} → ${next}`).toContain(to);
          }
    expect(AttemptSummary.shape.analysis.options.toSorted()).toEqual(Object.keys(allowed).toSorted());
  });
});
