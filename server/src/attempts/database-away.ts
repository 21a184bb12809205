import { VigilError } from '@vigil/protocol';
import { mongoose } from '../store/mongoose.js';

// mongoose may bring a driver of its own: its errors are not those of the package `mongodb`.
const { mongo } = mongoose;

/** What a socket says that the database's side closed; the driver hands some of it on as it is. */
const socketErrors = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Whether an error says that the database cannot be reached now, so that the same request may work later:
 * no connection, no primary, or a failover in the middle.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof VigilError) return error.reason === 'noDatabase';
  if (error instanceof mongo.MongoServerError) return error.hasErrorLabel('RetryableWriteError');
  if (error instanceof Error && 'code' in error && socketErrors.has(String(error.code))) return true;
  if (error instanceof mongoose.MongooseError) return /initial connection/.test(error.message);
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError
  );
}

/** Runs a database request; when the database is away the error is `noDatabase`. */
export async function fromDatabase<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw error instanceof VigilError ? error : new VigilError('noDatabase', undefined, { cause: error });
  }
}
