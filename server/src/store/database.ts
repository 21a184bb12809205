import { auditIndexes } from '../privacy/audit.js';
import { mongoose } from './mongoose.js';
import { Attempts } from './attempts.js';
import { Courses } from './courses.js';
import { Exams } from './exams.js';
import { Findings } from './findings.js';
import { MediaNodes } from './media-nodes.js';
import { Looks, Onboardings } from './onboardings.js';
import { Releases } from './releases.js';
import { Resolutions } from './resolutions.js';
import { ReviewNotes } from './review-notes.js';
import { ScreenTexts } from './screen-texts.js';
import { Segments } from './segments.js';
import { Users } from './users.js';
import { Views } from './views.js';

/** Every model; a new collection is added here so that its indexes are made. */
const models = [Users, Courses, Exams, Attempts, Segments, Findings, ScreenTexts, MediaNodes, Onboardings, Looks, Releases, Resolutions, ReviewNotes, Views, auditIndexes] as const;

/**
 * Connects to MongoDB and makes the indexes. The database's name comes from the URI, `vigil` where it has none.
 * @throws when the server cannot be reached within `timeoutMs`; the caller decides whether to try again.
 */
export async function connectDatabase(uri: string, timeoutMs = 3_000): Promise<void> {
  const named = new URL(uri.replace(/^mongodb(\+srv)?:\/\/[^/?]*/, 'http://host')).pathname.length > 1;
  try {
    await mongoose.connect(uri, {
      ...(named ? {} : { dbName: 'vigil' }),
      serverSelectionTimeoutMS: timeoutMs,
    });
    for (const model of models) await model.createIndexes();
  } catch (error) {
    await mongoose.disconnect();
    throw error;
  }
}

/** Closes every connection. Idempotent. */
export async function closeDatabase(): Promise<void> {
  await mongoose.disconnect();
}

/** Whether the database answers now. Never throws. */
export async function databaseAnswers(): Promise<boolean> {
  try {
    await mongoose.connection.db?.command({ ping: 1 });
    return mongoose.connection.readyState === mongoose.ConnectionStates.connected;
  } catch {
    return false;
  }
}
