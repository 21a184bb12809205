import { medianOf } from '@vigil/protocol';

/** Fewer attempts have no middle to be far from. */
const LEAST_ATTEMPTS = 5;
/** How many deviations above the middle is far, and how many points at least. */
const FAR = { deviations: 3.5, points: 5 };

/** Deviation of a normal distribution from its median absolute deviation. */
const NORMAL = 1.4826;

/**
 * Above how many points an attempt is far from the class: the middle, and 3.5 deviations more by the median absolute deviation
 * (Iglewicz and Hoaglin 1993), which a few unlike attempts do not move. Undefined for fewer than five attempts.
 */
export function outlierLimit(points: readonly number[]): number | undefined {
  if (points.length < LEAST_ATTEMPTS) return undefined;
  const middle = medianOf(points);
  const deviation = NORMAL * medianOf(points.map((each) => Math.abs(each - middle)));
  return middle + Math.max(FAR.points, FAR.deviations * deviation);
}
