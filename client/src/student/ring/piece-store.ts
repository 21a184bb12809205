import { pieceName } from '@vigil/protocol/ring-piece';

/** A piece as it lies on this computer. */
export interface StoredPiece {
  attempt: string;
  name: string;
  bytes: number;
}

/**
 * Where pieces lie until the server has what it wants of them; shared by all tabs of this browser. Each call may throw what
 * the browser's storage throws; `append` leaves the piece as it was then.
 */
export interface PieceStore {
  /** Attempts that something was begun for and that were not removed since, also those without a piece. */
  attempts(): Promise<string[]>;
  /** Remembers an attempt. */
  begin(attempt: string): Promise<void>;
  /** Removes an attempt with all that lies there. */
  removeAttempt(attempt: string): Promise<void>;
  /** All pieces of an attempt, in no order. */
  list(attempt: string): Promise<StoredPiece[]>;
  /** Makes the piece, or lets it grow. Durable when it resolves. */
  append(attempt: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Nothing more is appended. Idempotent. */
  close(attempt: string, name: string): Promise<void>;
  /** The whole piece; undefined when it is gone. Only of one that nobody appends to. */
  read(attempt: string, name: string): Promise<Blob | undefined>;
  /** Removes a piece and its mark, if they are there. */
  remove(attempt: string, name: string): Promise<void>;
  /** A short text beside the piece: where its upload goes on. */
  mark(attempt: string, name: string): Promise<string | undefined>;
  /** Undefined takes the mark away. */
  setMark(attempt: string, name: string, text: string | undefined): Promise<void>;
}

/** Whether the browser refused to store something for want of room. */
export const isFull = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';

/** Whether this is the name of a piece, and not of a mark or of something strange. */
export const isPieceName = (name: string): boolean => pieceName.test(name);

/** A name for a new piece. @param startMs server wall clock. @param random 4 bytes */
export function newPieceName(track: 'webcam' | 'screen', startMs: number, random: Uint8Array): string {
  const digits = Array.from(random.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${track}-${String(Math.round(startMs)).padStart(13, '0')}-${digits}`;
}

/** What a piece's name says: its track, and the server wall clock of its beginning, ms. Undefined for another name. */
export function readPieceName(name: string): { track: 'webcam' | 'screen'; startMs: number } | undefined {
  const [, track, start] = pieceName.exec(name) ?? [];
  if (track !== 'webcam' && track !== 'screen') return undefined;
  return { track, startMs: Number(start) };
}
