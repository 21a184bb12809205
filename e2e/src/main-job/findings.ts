import { defaultRules, type AttemptTimeline } from '@vigil/protocol';
import type { Span } from './compare.js';
import type { TruthEvent } from './truth-events.js';

/** An incident of the review page, as far as it is compared. */
export type Found = Pick<AttemptTimeline['incidents'][number], 'kind' | 'startMs' | 'endMs'>;

/** One line of the comparison: what was, what was found, and whether they agree. */
export interface FindingCheck {
  kind: string;
  truth?: Span;
  found?: Span;
  holds: boolean;
}

const toleranceMs = 2_000;
/** A shorter rest of an event, at the edge of the recording, need not be found: seen as late as faces may be, it is too short for an incident. */
const shortestMs = ({ kind }: TruthEvent): number => defaultRules[kind].minimumMs + 1_500;

const overlaps = (a: Span, b: Span, slackMs = 0): boolean => a.fromMs < b.toMs + slackMs && b.fromMs < a.toMs + slackMs;

/**
 * Compares the findings with the truth: each event is found, with both ends within 2 s, and nothing else is.
 * A black camera shows no face either, so that an absent face is allowed there.
 */
export function checkFindings(truth: readonly TruthEvent[], found: readonly Found[]): FindingCheck[] {
  const incidents = found.map(({ kind, startMs, endMs }) => ({ kind, fromMs: startMs, toMs: endMs }));
  const expected = truth
    .filter((event) => event.toMs - event.fromMs >= shortestMs(event))
    .map((event): FindingCheck => {
      const { kind, fromMs, toMs } = event;
      const same = incidents.find((one) => one.kind === kind && overlaps(one, event));
      const close = same && Math.abs(same.fromMs - fromMs) <= toleranceMs && Math.abs(same.toMs - toMs) <= toleranceMs;
      return { kind, truth: { fromMs, toMs }, ...(same ? { found: same } : {}), holds: close === true };
    });
  const unexpected = incidents
    .filter(
      (one) =>
        !truth.some(
          (event) =>
            (event.kind === one.kind || (event.kind === 'camera-black' && one.kind === 'face-absent')) &&
            overlaps(event, one, toleranceMs),
        ),
    )
    .map((one): FindingCheck => ({ kind: one.kind, found: one, holds: false }));
  return [...expected, ...unexpected];
}
