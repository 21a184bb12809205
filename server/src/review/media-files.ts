import { extname, join, resolve, sep } from 'node:path';
import { mimeTypeOf, VigilError } from '@vigil/protocol';
import { segmentFile } from '@vigil/recorder/capture';
import type { Finding, SegmentDocument } from '@vigil/protocol';
import type { Context } from 'koa';
import { sendFile } from '../http/files.js';
import type { UserDocument } from '../store/index.js';
import { findingFor, segmentFor } from './access.js';

const evidenceTypes: Readonly<Record<string, string>> = { '.jpg': 'image/jpeg', '.png': 'image/png' };

/** Sends recordings and evidence to an instructor of the course. */
export class MediaFiles {
  readonly #segments: string;
  readonly #evidence: string;

  /** @param data VIGIL_DATA. */
  constructor(data: string) {
    this.#segments = resolve(data, 'segments');
    this.#evidence = resolve(data, 'evidence');
  }

  /** @throws {VigilError} `notFound`, `badRange`. */
  async sendSegment(ctx: Context, user: UserDocument, id: string): Promise<void> {
    const segment = await segmentFor(user, id);
    const type = mimeTypeOf(segment).replace(/;.*/, '');
    await sendFile(ctx, this.segmentOf(segment), type, segment.sha256);
  }

  /** @throws {VigilError} `notFound`, `badRange`. */
  async sendEvidence(ctx: Context, user: UserDocument, id: string): Promise<void> {
    await this.sendPicture(ctx, await findingFor(user, id));
  }

  /** The same of a finding that the caller may show. @throws {VigilError} `notFound`, `badRange`. */
  async sendPicture(ctx: Context, { evidence, detector }: Pick<Finding, 'evidence' | 'detector'>): Promise<void> {
    const path = this.pictureOf({ evidence });
    const type = evidenceTypes[extname(path ?? '')];
    if (path === undefined || type === undefined) throw new VigilError('notFound');
    // A finding that grows may show another moment, in another file.
    await sendFile(ctx, path, type, `${evidence.file}-${detector.version}`);
  }

  /** The file that shows a finding. The worker wrote its name; a wrong one must still not reach another file: undefined. */
  pictureOf({ evidence }: Pick<Finding, 'evidence'>): string | undefined {
    const path = join(this.#evidence, evidence.file);
    return path.startsWith(this.#evidence + sep) ? path : undefined;
  }

  /** The file of a segment. */
  segmentOf(segment: SegmentDocument): string {
    return segmentFile(this.#segments, segment);
  }
}
