import type { FindingKind, Moment, Verdict } from '@vigil/protocol';

/** What a resolution and an incident are matched by. */
export type Marked = Moment & { verdict: Verdict };

/** Ends of the same thing move so far when it is judged again, and what has no length has this much, ms. */
const slackMs = 500;

const lengthOf = ({ startMs, endMs }: Moment): number => endMs - startMs + 2 * slackMs;
const overlapOf = (a: Moment, b: Moment): number => Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs) + 2 * slackMs);

/** What a resolution has to have of the incident, so that it holds for it: what was said of seconds does not hold for minutes. What takes points away needs more. */
const leastShare = { real: 0.5, explained: 0.8, false: 0.8 };

/**
 * Which resolution holds for which incident: one of the same kind, and of those the pair that overlaps most, so that decisions
 * survive when an attempt is judged again. Each resolution holds once. Where one said that it is real, no other takes the points away.
 * @returns what holds, and the resolutions that hold for nothing any more.
 */
export function matchResolutions<I extends Moment, R extends Marked>(incidents: readonly I[], resolutions: readonly R[]): { held: Map<I, R>; lost: R[] } {
  const byKind = new Map<FindingKind, I[]>();
  for (const incident of incidents) byKind.set(incident.kind, [...(byKind.get(incident.kind) ?? []), incident]);
  const pairs = resolutions.flatMap((resolution) =>
    (byKind.get(resolution.kind) ?? [])
      .map((incident) => ({ incident, resolution, overlap: overlapOf(incident, resolution) }))
      .filter(({ incident, overlap }) => overlap > 0 && overlap >= lengthOf(incident) * leastShare[resolution.verdict]),
  );
  // Of two that overlap as much, the one with less beside: one of exactly the same interval always wins.
  const beside = ({ incident, resolution, overlap }: (typeof pairs)[number]): number => lengthOf(incident) + lengthOf(resolution) - 2 * overlap;
  const real = resolutions.filter(({ verdict }) => verdict === 'real');
  const contested = new Set(incidents.filter((incident) => real.some((one) => one.kind === incident.kind && one.startMs < incident.endMs && one.endMs > incident.startMs)));
  pairs.sort((a, b) => b.overlap - a.overlap || beside(a) - beside(b));
  const held = new Map<I, R>();
  const used = new Set<R>();
  for (const { incident, resolution } of pairs) {
    if (held.has(incident) || used.has(resolution) || (resolution.verdict !== 'real' && contested.has(incident))) continue;
    held.set(incident, resolution);
    used.add(resolution);
  }
  return { held, lost: resolutions.filter((one) => !used.has(one)) };
}

/** Incidents of one kind do not begin at the same time. */
const keyOf = ({ kind, startMs }: Moment): string => `${kind} ${startMs}`;

/** Says of which incidents a person has said that they are explained or false. */
export const setAsideBy = (incidents: readonly Moment[], resolutions: readonly Marked[]): ((incident: Moment) => boolean) => setAsideIn(matchResolutions(incidents, resolutions).held);

/** The same by what holds, see `matchResolutions`. */
export function setAsideIn(held: ReadonlyMap<Moment, Marked>): (incident: Moment) => boolean {
  const aside = new Set([...held].filter(([, { verdict }]) => verdict !== 'real').map(([incident]) => keyOf(incident)));
  return (incident) => aside.has(keyOf(incident));
}
