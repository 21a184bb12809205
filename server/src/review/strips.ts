import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { rulesFor, Strip, stripFiles, VigilError, type AttemptStrips, type SegmentDocument } from '@vigil/protocol';
import type { Context } from 'koa';
import { sendFile } from '../http/files.js';
import type { UserDocument } from '../store/index.js';
import { examById, segmentsOf } from '../store/index.js';
import { attemptFor, segmentFor } from './access.js';

/** So many files are read side by side: a long attempt has more than may be open at once. */
const sideBySide = 64;

/** Thumbnails and waveforms, which the recorder worker leaves beside its measurements. */
export class Strips {
  readonly #folder: string;

  /** @param data VIGIL_DATA. */
  constructor(data: string) {
    this.#folder = resolve(data, 'measurements');
  }

  /** What there is for an attempt. @throws {VigilError} `notFound`. */
  async of(user: UserDocument, id: string): Promise<AttemptStrips> {
    const { exam: examId, accommodations } = await attemptFor(user, id);
    const exam = await examById(examId);
    // Of whom speech is not looked for, it is not shown either.
    const hears = exam !== null && !rulesFor(exam.rules, accommodations).off?.includes('speech');
    const documents = await segmentsOf([id]);
    const segments: AttemptStrips['segments'] = [];
    for (let from = 0; from < documents.length; from += sideBySide) {
      const some = documents.slice(from, from + sideBySide);
      const strips = await Promise.all(some.map((one) => this.#of(one)));
      some.forEach(({ _id }, at) => {
        const strip = strips[at];
        if (strip) segments.push({ id: _id, ...(strip.pictures && { pictures: strip.pictures }), ...(strip.sound && { sound: hears ? strip.sound : { peaks: strip.sound.peaks } }) });
      });
    }
    return { segments };
  }

  /** A segment's thumbnails. @throws {VigilError} `notFound`, `badRange`. */
  async sendPictures(ctx: Context, user: UserDocument, id: string): Promise<void> {
    const segment = await segmentFor(user, id);
    if (!(await this.#of(segment))?.pictures) throw new VigilError('notFound');
    await sendFile(ctx, join(this.#folder, segment.attempt, stripFiles(id).pictures), 'image/jpeg', `strip-1-${segment.sha256}`);
  }

  /** Undefined: there is none, or it is of another file than the segment's now. */
  async #of({ _id, attempt, sha256 }: SegmentDocument): Promise<Strip | undefined> {
    const text = await readFile(join(this.#folder, attempt, stripFiles(_id).strip), 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    const { data } = Strip.safeParse(text === undefined ? undefined : parsed(text));
    return data?.sha256 === sha256 ? data : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
