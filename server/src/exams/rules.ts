import type { Allowed, ExamRules, FindingKind, Together } from '@vigil/protocol';
import { allowedKinds, AllowedThing, defaultRules, FindingKind as Kinds, isQuality, ordinaryTogether } from '@vigil/protocol';
import { isDeepStrictEqual } from 'node:util';

/** What of each kind is not as ordinary. */
function own(of: Partial<Record<FindingKind, number>>, ordinary: (kind: FindingKind) => number | undefined): Partial<Record<FindingKind, number>> | undefined {
  const kinds = Kinds.options.filter((kind) => of[kind] !== undefined && of[kind] !== ordinary(kind) && ordinary(kind) !== undefined);
  return kinds.length ? Object.fromEntries(kinds.map((kind) => [kind, of[kind]])) : undefined;
}

/** Each pair once, the last one that was said of it, in the order of the kinds. */
function pairs(together: readonly Together[]): Together[] {
  const byPair = new Map(together.filter((one) => one.kind !== one.with).map((one) => [`${one.kind} ${one.with}`, one]));
  return Kinds.options.flatMap((kind) => Kinds.options.flatMap((other) => byPair.get(`${kind} ${other}`) ?? []));
}

/** What differs from the ordinary, each thing once. Quality has no weight; what is allowed is not looked for. */
export function tidyRules(rules: ExamRules, { things }: Pick<Allowed, 'things'> = { things: [] }): ExamRules {
  const { webcam, microphone, screen, weights = {}, minimumSeconds = {}, together, off = [], words = [], identity, fullscreen, secondReviewer } = rules;
  const allowed = things.flatMap((thing) => allowedKinds[thing]);
  const ownWeights = own(weights, (kind) => (isQuality(kind) ? undefined : defaultRules[kind].weight));
  const ownSeconds = own(minimumSeconds, (kind) => defaultRules[kind].minimumMs / 1_000);
  const ownTogether = together && pairs(together);
  const kinds = Kinds.options.filter((kind) => off.includes(kind) || allowed.includes(kind));
  const once = [...new Map(words.map((word) => [word.toLowerCase(), word])).values()];
  return {
    webcam,
    microphone,
    screen,
    ...(ownWeights && { weights: ownWeights }),
    ...(ownSeconds && { minimumSeconds: ownSeconds }),
    ...(ownTogether && !isDeepStrictEqual(ownTogether, pairs(ordinaryTogether)) && { together: ownTogether }),
    ...(kinds.length && { off: kinds }),
    ...(once.length && { words: once }),
    ...(identity && { identity }),
    ...(fullscreen && { fullscreen }),
    ...(secondReviewer && { secondReviewer }),
  };
}

/** Each thing and site once; undefined: nothing is allowed. */
export function tidyAllowed({ things, sites }: Allowed): Allowed | undefined {
  const tidied = { things: AllowedThing.options.filter((thing) => things.includes(thing)), sites: [...new Set(sites)] };
  return tidied.things.length + tidied.sites.length ? tidied : undefined;
}

/** What differs, as it was and as it is to be; null: without a value, or the ordinary. Undefined: nothing does. */
export function changeOf(was: object, will: object): { before: Record<string, unknown>; after: Record<string, unknown> } | undefined {
  const [before, after] = [was as Record<string, unknown>, will as Record<string, unknown>];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isDeepStrictEqual(before[key], after[key]));
  const part = (of: Record<string, unknown>) => Object.fromEntries(changed.map((key) => [key, of[key] ?? null]));
  return changed.length ? { before: part(before), after: part(after) } : undefined;
}
