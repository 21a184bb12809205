import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Collection, Db } from 'mongodb';
import type { Finding, SegmentDocument } from '@vigil/protocol';
import type { Observation } from '../analyse-file.js';

/**
 * The findings of a segment, in the collection `findings`, and what shows them, under `<data>/evidence`.
 * Ids and files follow from the segment alone, so that storing again, by whomever, gives the same.
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
    await this.#findings.createIndex({ segment: 1 });
  }

  /**
   * Makes these the findings of the segment: evidence first, so that no finding is without it; then the findings; then
   * what an earlier analysis left is removed. Stopped anywhere, calling it again completes it.
   * @param writer Names this writer; two may write one file at a time.
   */
  async replace(segment: SegmentDocument, observations: readonly Observation[], writer: string): Promise<void> {
    const findings = findingsOf(segment, observations);
    for (const [index, { evidence }] of findings.entries()) {
      const bytes = observations[index]?.evidence.bytes;
      if (bytes) await this.#write(evidence.file, bytes, writer);
    }
    for (const finding of findings) await this.#findings.replaceOne({ _id: finding._id }, finding, { upsert: true });
    const current = findings.map(({ _id }) => _id);
    const stale = await this.#findings.find({ segment: segment._id, _id: { $nin: current } }).toArray();
    for (const { _id, evidence } of stale) {
      await this.#findings.deleteOne({ _id });
      await rm(join(this.#folder, evidence.file), { force: true });
    }
  }

  async #write(file: string, bytes: Buffer, writer: string): Promise<void> {
    const path = join(this.#folder, file);
    await mkdir(dirname(path), { recursive: true });
    const unfinished = `${path}.${writer}.tmp`;
    await writeFile(unfinished, bytes, { flush: true });
    await rename(unfinished, path);
  }
}

/** The documents for a segment's observations: `<segment>-<kind>-<n>`, n counting from 0 for each kind, in order of time. */
export function findingsOf(segment: SegmentDocument, observations: readonly Observation[]): Finding[] {
  const counts = new Map<string, number>();
  return observations.map(({ kind, startMs, endMs, confidence, detector, evidence: { type } }) => {
    const n = counts.get(kind) ?? 0;
    counts.set(kind, n + 1);
    const _id = `${segment._id}-${kind}-${n}`;
    return {
      _id,
      attempt: segment.attempt,
      segment: segment._id,
      track: segment.track,
      kind,
      startMs: Math.round(segment.startMs + startMs),
      endMs: Math.round(segment.startMs + endMs),
      confidence: Math.round(confidence * 1_000) / 1_000,
      detector,
      evidence: { type, file: `${segment.attempt}/${_id}.${type === 'frame' ? 'jpg' : 'png'}` },
    };
  });
}
