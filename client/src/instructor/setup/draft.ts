import { allowedKinds, AllowedThing, defaultRules, examDefaults, FindingKind, isQuality, ordinaryTogether, type ExamContent, type ExamRules, type Together } from '@vigil/protocol';

/** What stands in the form of an exam: as it is typed. */
export interface Draft {
  title: string;
  instructions: string;
  address: string;
  embed: boolean;
  /** Null: the field is empty. */
  durationMinutes: number | null;
  /** Of this computer's clock, as the browser's field writes it; empty: no limit. */
  opens: string;
  closes: string;
  graceMinutes: number | null;
  /** Null: as many as links are made. */
  attemptsAllowed: number | null;
  limited: boolean;
  webcam: boolean;
  microphone: boolean;
  screen: ExamRules['screen'];
  things: AllowedThing[];
  /** One in a line. */
  sites: string;
  points: Record<FindingKind, number | null>;
  seconds: Record<FindingKind, number | null>;
  /** Not looked for, beside what is allowed. */
  off: FindingKind[];
  together: Together[];
  words: string;
  identity: boolean;
  document: boolean;
  room: boolean;
  fullscreen: boolean;
  secondReviewer: boolean;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A moment as the browser's field for date and time writes it, by this computer's clock. */
export function fieldOf(ms: number | null): string {
  if (ms === null) return '';
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment that stands in such a field; null: none. @param was kept, to the second, where the field says the same. */
function momentOf(field: string, was: number | null): number | null {
  if (field === fieldOf(was)) return was;
  const ms = new Date(field).getTime();
  return Number.isFinite(ms) ? ms : null;
}

const eachKind = (of: (kind: FindingKind) => number): Record<FindingKind, number | null> =>
  Object.fromEntries(FindingKind.options.map((kind) => [kind, of(kind)])) as Record<FindingKind, number>;
export const ordinaryPoints = (): Draft['points'] => eachKind((kind) => defaultRules[kind].weight);
export const ordinarySeconds = (): Draft['seconds'] => eachKind((kind) => defaultRules[kind].minimumMs / 1_000);
export const ordinaryPairs = (): Together[] => ordinaryTogether.map((one) => ({ ...one }));

/** The kinds that the allowed things turn off. */
export const kindsOf = (things: readonly AllowedThing[]): FindingKind[] => things.flatMap((thing) => allowedKinds[thing]);

/** What a form begins with. */
export function draftOf(exam: ExamContent): Draft {
  const { rules, allowed } = exam;
  const turnedOff = kindsOf(allowed.things);
  return {
    title: exam.title,
    instructions: exam.instructions,
    address: exam.address,
    embed: exam.embed,
    durationMinutes: exam.durationMinutes,
    opens: fieldOf(exam.opensAtMs),
    closes: fieldOf(exam.closesAtMs),
    graceMinutes: exam.graceMinutes,
    attemptsAllowed: exam.attemptsAllowed ?? examDefaults.attemptsAllowed,
    limited: exam.attemptsAllowed !== null,
    webcam: rules.webcam,
    microphone: rules.microphone,
    screen: rules.screen,
    things: [...allowed.things],
    sites: allowed.sites.join('\n'),
    points: { ...ordinaryPoints(), ...rules.weights },
    seconds: { ...ordinarySeconds(), ...rules.minimumSeconds },
    off: (rules.off ?? []).filter((kind) => !turnedOff.includes(kind)),
    together: (rules.together ?? ordinaryTogether).map((one) => ({ ...one })),
    words: rules.words?.join('\n') ?? '',
    identity: rules.identity !== undefined,
    document: rules.identity?.document ?? false,
    room: rules.identity?.room ?? false,
    fullscreen: rules.fullscreen ?? false,
    secondReviewer: rules.secondReviewer ?? false,
  };
}

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);
/** What has a value; an empty field is as ordinary. */
const filled = (of: Draft['points'], kinds: readonly FindingKind[]): Partial<Record<FindingKind, number>> =>
  Object.fromEntries(kinds.flatMap((kind) => (typeof of[kind] === 'number' ? [[kind, of[kind]]] : [])));

/** What is sent. An option that could do nothing as the rest is set is left out. @param was what the form began with. */
export function contentOf(draft: Draft, was?: ExamContent): ExamContent {
  const address = draft.address.trim();
  const embed = draft.embed && address !== '';
  return {
    title: draft.title.trim(),
    instructions: draft.instructions.trim(),
    address,
    embed,
    durationMinutes: draft.durationMinutes ?? 0,
    opensAtMs: momentOf(draft.opens, was?.opensAtMs ?? null),
    closesAtMs: momentOf(draft.closes, was?.closesAtMs ?? null),
    graceMinutes: draft.graceMinutes ?? 0,
    attemptsAllowed: draft.limited ? (draft.attemptsAllowed ?? 0) : null,
    allowed: { things: AllowedThing.options.filter((thing) => draft.things.includes(thing)), sites: lines(draft.sites) },
    rules: {
      webcam: draft.webcam,
      microphone: draft.microphone,
      screen: draft.screen,
      weights: filled(draft.points, FindingKind.options.filter((kind) => !isQuality(kind))),
      minimumSeconds: filled(draft.seconds, FindingKind.options),
      together: draft.together,
      off: FindingKind.options.filter((kind) => draft.off.includes(kind)),
      words: lines(draft.words),
      ...(draft.identity && draft.webcam && { identity: { document: draft.document, room: draft.room } }),
      fullscreen: draft.fullscreen && embed,
      secondReviewer: draft.secondReviewer,
    },
  };
}

/** A new exam, before anybody has written anything. */
export const newExam: ExamContent = {
  title: '',
  instructions: '',
  address: '',
  embed: false,
  durationMinutes: examDefaults.durationMinutes,
  opensAtMs: null,
  closesAtMs: null,
  graceMinutes: examDefaults.graceMinutes,
  attemptsAllowed: examDefaults.attemptsAllowed,
  allowed: { things: [], sites: [] },
  rules: { webcam: true, microphone: true, screen: 'monitor' },
};

/** An exam as the beginning of another one: its dates are over by then. */
export const copyOf = (exam: ExamContent): ExamContent => ({ ...exam, title: `${exam.title.slice(0, 190)} (copy)`, opensAtMs: null, closesAtMs: null });
