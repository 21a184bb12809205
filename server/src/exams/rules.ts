import type { ExamRules } from '@vigil/protocol';
import { defaultRules, FindingKind, isQuality } from '@vigil/protocol';
import { isDeepStrictEqual } from 'node:util';

/** What of an exam's rules can be changed at any time. */
export type OpenRules = Pick<ExamRules, 'weights' | 'off' | 'words' | 'identity' | 'fullscreen' | 'secondReviewer'>;

export const openRules = ['weights', 'off', 'words', 'identity', 'fullscreen', 'secondReviewer'] as const satisfies readonly (keyof OpenRules)[];

/** What differs from the ordinary, each thing once. Quality has no weight. */
export function tidyRules({ weights = {}, off = [], words = [], identity, fullscreen, secondReviewer }: OpenRules): OpenRules {
  const own = FindingKind.options.flatMap((kind) => {
    const weight = weights[kind];
    return weight === undefined || isQuality(kind) || weight === defaultRules[kind].weight ? [] : [[kind, weight] as const];
  });
  const kinds = FindingKind.options.filter((kind) => off.includes(kind));
  const once = [...new Map(words.map((word) => [word.toLowerCase(), word])).values()];
  return {
    ...(own.length && { weights: Object.fromEntries(own) }),
    ...(kinds.length && { off: kinds }),
    ...(once.length && { words: once }),
    ...(identity && { identity }),
    ...(fullscreen && { fullscreen }),
    ...(secondReviewer && { secondReviewer }),
  };
}

/** What differs, as it was and as it is to be; null: the ordinary. Undefined: nothing does. */
export function rulesChange(was: OpenRules, will: OpenRules): { before: Record<string, unknown>; after: Record<string, unknown> } | undefined {
  const changed = openRules.filter((key) => !isDeepStrictEqual(was[key], will[key]));
  const part = (rules: OpenRules) => Object.fromEntries(changed.map((key) => [key, rules[key] ?? null]));
  return changed.length ? { before: part(was), after: part(will) } : undefined;
}
