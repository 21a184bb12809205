import type { AttemptEvent } from '@vigil/protocol';
import { trusted } from '../store/mongoose.js';

/** What the page says by itself, as often as it likes: it must leave room for what the server saw. */
const said = 300;
/** What a student can bring about as often as they like, and says less. */
const routine = 1_000;
/** What comes with each loss and return: it names the cause of a gap, so it is left out much later. */
const losses = 5_000;

/**
 * How long a history may be before no more lines of a kind are added; without bound a page that reloads for hours would fill the
 * database. Nothing that is in it ever goes: a student could else push out what came before.
 */
const longest: Record<AttemptEvent['kind'], number> = {
  created: Infinity,
  opened: routine,
  agreed: Infinity,
  declined: routine,
  checked: said,
  started: Infinity,
  interrupted: losses,
  resumed: losses,
  'taken-over': losses,
  'source-on': routine,
  'source-off': routine,
  'disk-full': losses,
  'disk-ok': losses,
  submitted: Infinity,
  expired: Infinity,
  reopened: Infinity,
  quality: said,
  ring: said,
  backfilled: losses,
  evidence: Infinity,
  identity: said,
  'asked-again': routine,
};

const filled = (kind: AttemptEvent['kind'], $exists: boolean) => ({ [`history.${longest[kind] - 1}`]: trusted({ $exists }) });

/** Filter: the attempt's history takes a line of this kind. */
export const hasRoom = (kind: AttemptEvent['kind']) => (isBounded(kind) ? filled(kind, false) : {});

/** Filter: the attempt's history takes no more lines of this kind. */
export const isFull = (kind: AttemptEvent['kind']) => filled(kind, true);

/** Whether a history may be full for a kind. */
export const isBounded = (kind: AttemptEvent['kind']): boolean => Number.isFinite(longest[kind]);

/**
 * Whether a line of this kind adds something to a history as it was read: there is room, and it does not only repeat the
 * last line, as when a page is reloaded and nothing else happens.
 */
export const addsTo = (history: readonly AttemptEvent[], kind: AttemptEvent['kind']): boolean =>
  history.length < longest[kind] && history.at(-1)?.kind !== kind;
