import type { Incident } from '@vigil/protocol';
import { incidentsOf, rulesFor, rulesOf } from '@vigil/protocol';
import { matchResolutions } from '../review/resolved.js';
import type { AttemptDocument, ExamDocument, ReleaseDocument } from '../store/index.js';
import { findingsOf } from '../store/index.js';

/** An attempt's incidents, as its instructors see them. */
export const incidentsIn = async ({ _id, accommodations }: Pick<AttemptDocument, '_id' | 'accommodations'>, { rules }: Pick<ExamDocument, 'rules'>): Promise<Incident[]> =>
  incidentsOf(await findingsOf([_id]), rulesOf(rulesFor(rules, accommodations)));

/**
 * Which incident each of the releases is now, by the release's id: what was shown stays shown when the attempt is judged again. It is
 * matched as what a person said to be real.
 */
export function matchReleases(incidents: readonly Incident[], releases: readonly ReleaseDocument[]): Map<string, Incident> {
  const { held } = matchResolutions(incidents, releases.map(({ _id, kind, startMs, endMs }) => ({ _id, kind, startMs, endMs, verdict: 'real' as const })));
  return new Map([...held].map(([incident, { _id }]) => [_id, incident]));
}
