import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeUpload, uploadsFolder, uploadsIn } from '../backfill/upload-files.js';
import { practiceFolder } from '../practice/practice-files.js';
import { AttemptAnalyses, BrowserEvents, Findings, Releases, Resolutions, ReviewNotes, ScreenTexts, Segments } from '../store/index.js';

/** A place where something of an attempt may be. */
interface Place {
  name: string;
  /** Removes all of the attempt there. It is no error that nothing is there, nor that it is removed again. */
  remove: (attempt: string, data: string) => Promise<unknown>;
}

/** A folder of VIGIL_DATA, or below it, with a folder for each attempt. */
const folder = (name: string, of: (data: string) => string = (data) => join(data, name)): Place => ({
  name,
  // Something may still be written into it.
  remove: (attempt, data) => rm(join(of(data), attempt), { recursive: true, force: true, maxRetries: 3 }),
});

/**
 * Every place in which something of an attempt is kept, but for its own document. Who keeps something in another place adds it here;
 * the index goes before the files, so that nothing is listed that is not there.
 */
const places: readonly Place[] = [
  { name: 'findings', remove: (attempt) => Findings.deleteMany({ attempt }).exec() },
  { name: 'attemptAnalyses', remove: (attempt) => AttemptAnalyses.deleteOne({ _id: attempt }).exec() },
  { name: 'screenTexts', remove: (attempt) => ScreenTexts.deleteMany({ attempt }).exec() },
  { name: 'browserEvents', remove: (attempt) => BrowserEvents.deleteMany({ attempt }).exec() },
  { name: 'releases', remove: (attempt) => Releases.deleteMany({ attempt }).exec() },
  { name: 'resolutions', remove: (attempt) => Resolutions.deleteMany({ attempt }).exec() },
  { name: 'reviewNotes', remove: (attempt) => ReviewNotes.deleteMany({ attempt }).exec() },
  { name: 'index of segments', remove: (attempt) => Segments.deleteMany({ attempt }).exec() },
  { name: 'uploads', remove: (attempt, data) => removeUploads(uploadsFolder(data), attempt) },
  folder('evidence'),
  folder('measurements'),
  folder('segments'),
  folder('practice', practiceFolder),
];

async function removeUploads(uploads: string, attempt: string): Promise<void> {
  const found = await uploadsIn(uploads, `${attempt}-`).catch((error: unknown) => {
    // Nothing was uploaded yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  for (const { name } of found) await removeUpload(uploads, name);
}

/**
 * Deletes all that was recorded, uploaded or found in an attempt. Its own document stays: who deletes that as well does it after this,
 * so that a purge that was killed is known of, and done again.
 * @param data VIGIL_DATA.
 * @throws when a place cannot be reached; what is left then goes at the next call.
 */
export async function purge(attempt: string, data: string): Promise<void> {
  for (const { remove } of places) await remove(attempt, data);
}
