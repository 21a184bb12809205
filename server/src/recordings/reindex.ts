import { segmentId } from '@vigil/protocol';
import { scanSegments } from '@vigil/recorder/capture';
import { indexSegment, Segments, trusted } from '../store/index.js';

/** What was found and done, in numbers of segments. */
export interface Reindexed {
  /** Not in the index before. */
  added: number;
  /** The file was another than the indexed one; it will be analysed again. */
  changed: number;
  /** As before; how far the analysis is stays as it was. */
  kept: number;
  /** In the index without a usable file. Only counted unless `removeMissing`. */
  missing: number;
  /** Sidecars that cannot be used, and why. They stay as they are. */
  broken: { file: string; problem: string }[];
}

/**
 * Brings the index of segments in line with the files under `folder`. Safe while the server records and workers analyse:
 * each document is changed by one atomic write, and `analysis` of an unchanged segment is not touched.
 * @param removeMissing also drops what has no file any more, and corrects every field of what has. A start leaves both alone:
 * a disk that is not mounted must not cost the index, and reading everything again takes long.
 * @param now server wall clock, ms since 1970.
 */
export async function reindex(folder: string, now: () => number, removeMissing: boolean): Promise<Reindexed> {
  const result: Reindexed = { added: 0, changed: 0, kept: 0, missing: 0, broken: [] };
  const known = new Map<string, string>();
  for await (const { _id, sha256 } of Segments.find({}, { sha256: 1 }).lean<{ _id: string; sha256: string }>().cursor())
    known.set(_id, sha256);
  for await (const found of scanSegments(folder)) {
    if ('problem' in found) {
      result.broken.push(found);
      continue;
    }
    const { sidecar } = found;
    const id = segmentId(sidecar);
    const hash = known.get(id);
    known.delete(id);
    if (hash === sidecar.sha256) {
      if (removeMissing) await Segments.updateOne({ _id: id, sha256: sidecar.sha256 }, { $set: sidecar });
      result.kept += 1;
    } else {
      await indexSegment(sidecar, now());
      result[hash === undefined ? 'added' : 'changed'] += 1;
    }
  }
  // Counted after the scan: what was recorded meanwhile was never known.
  result.missing = known.size;
  if (removeMissing && known.size > 0) await Segments.deleteMany({ _id: trusted({ $in: [...known.keys()] }) });
  return result;
}
