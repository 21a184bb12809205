import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Collection, Db } from 'mongodb';
import type { Finding } from '@vigil/protocol';
import type { Judged } from '../judge.js';
import { evidenceTypeOf } from '../show.js';

/**
 * The findings of an attempt, in the collection `findings`, and what shows them, under `<data>/evidence`.
 * Ids and files follow from what was found alone, so that storing again, by whomever, gives the same.
 */
export class FindingStore {
  readonly #findings: Collection<Finding>;
  readonly #folder: string;

  /** @param folder `<data>/evidence` */
  constructor(db: Db, folder: string) {
    this.#findings = db.collection<Finding>('findings');
    this.#folder = folder;
  }

  async createIndex(): Promise<void> {
    await this.#findings.createIndex({ attempt: 1, startMs: 1 });
  }

  /**
   * Makes these the findings of the attempt: evidence first, so that no finding is without it; then the findings; then
   * what an earlier analysis left is removed. Stopped anywhere, calling it again completes it.
   * @param show Draws what shows a finding; not asked for what is there already.
   * @param writer Names this writer; two may write one file at a time.
   */
  async replace(attempt: string, judged: readonly Judged[], show: (one: Judged) => Promise<Buffer>, writer: string): Promise<void> {
    const findings = findingsOf(attempt, judged);
    for (const [index, { evidence }] of findings.entries()) {
      const one = judged[index];
      if (one && !(await isThere(join(this.#folder, evidence.file)))) await this.#write(evidence.file, await show(one), writer);
    }
    for (const finding of findings) await this.#findings.replaceOne({ _id: finding._id }, finding, { upsert: true });
    await this.#findings.deleteMany({ attempt, _id: { $nin: findings.map(({ _id }) => _id) } });
    const used = new Set(findings.map(({ evidence }) => basename(evidence.file)));
    const folder = join(this.#folder, attempt);
    // What another writer is just writing ends in `.tmp`: left alone, and gone with the attempt.
    for (const file of await readdir(folder).catch(() => []))
      if (!used.has(file) && !file.endsWith('.tmp')) await rm(join(folder, file), { force: true });
  }

  async #write(file: string, bytes: Buffer, writer: string): Promise<void> {
    const path = join(this.#folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, bytes, writer);
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(path: string, bytes: Buffer | string, writer: string): Promise<void> {
  const unfinished = `${path}.${writer}.tmp`;
  await writeFile(unfinished, bytes, { flush: true });
  await rename(unfinished, path);
}

/** The documents for what was found in an attempt: `<attempt>-<kind>-<startMs>`; the file is named by the moment that it shows. */
export function findingsOf(attempt: string, judged: readonly Judged[]): Finding[] {
  return judged.map((one) => {
    const { track, kind, startMs, endMs, confidence, detail, detector, shownAtMs, unseen } = one;
    const type = evidenceTypeOf(one);
    const end = Math.round(endMs);
    // A waveform shows the whole stretch, a frame its moment.
    const moment = type === 'frame' ? Math.round(shownAtMs) : `${Math.round(startMs)}-${end}`;
    return {
      _id: `${attempt}-${kind}-${Math.round(startMs)}`,
      attempt,
      track,
      kind,
      startMs: Math.round(startMs),
      endMs: end,
      confidence: Math.round(Math.min(1, Math.max(0, confidence)) * 1_000) / 1_000,
      ...(detail && { detail }),
      detector,
      // Another name than what may show it later.
      evidence: { type, file: `${attempt}/${kind}-${moment}${unseen ? '-unseen' : ''}.${type === 'frame' ? 'jpg' : 'png'}` },
    };
  });
}
