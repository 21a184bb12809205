/** Most that pieces may take on this computer, bytes. */
const mostBytes = 2_000_000_000;
/** For browsers that do not say what is free. */
const unknownBytes = 200_000_000;
/** What a new piece may come to, with those that are open beside it, bytes. */
export const reserveBytes = 2_000_000;

/**
 * How much all pieces together may take, bytes: half of what is free without them.
 * @param ownBytes what they take now
 */
export function limitOf({ quota, usage }: { quota?: number; usage?: number }, ownBytes: number): number {
  if (quota === undefined || usage === undefined) return unknownBytes;
  return Math.max(0, Math.min(mostBytes, (quota - usage + ownBytes) / 2));
}

/** A piece as far as room is concerned. */
export interface Takes {
  name: string;
  startMs: number;
  bytes: number;
}

/**
 * What to remove so that `bytes` more are free: only what was recorded live as well, the oldest first. Undefined: that does
 * not suffice, and what may be missing in the record is not removed for anything.
 */
export function toDrop<T extends Takes>(pieces: readonly T[], bytes: number, isCovered: (piece: T) => boolean): T[] | undefined {
  const dropped: T[] = [];
  let free = 0;
  for (const piece of pieces.filter(isCovered).sort((a, b) => a.startMs - b.startMs)) {
    if (free >= bytes) break;
    dropped.push(piece);
    free += piece.bytes;
  }
  return free >= bytes ? dropped : undefined;
}
