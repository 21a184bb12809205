import type { ScreenText } from '@vigil/protocol';
import type { Collection, Db } from 'mongodb';

/** Text that stood on the screen in an attempt. */
export interface ScreenTextDocument extends ScreenText {
  /** `<attempt>-<startMs>` */
  _id: string;
  attempt: string;
}

/** What was read on the screens, in the collection `screenTexts`. Ids follow from what was read alone. */
export class TextStore {
  readonly #texts: Collection<ScreenTextDocument>;

  constructor(db: Db) {
    this.#texts = db.collection<ScreenTextDocument>('screenTexts');
  }

  async createIndex(): Promise<void> {
    await this.#texts.createIndex({ attempt: 1, startMs: 1 });
  }

  /** Makes these the texts of the attempt; what is there as it should be is left alone. Stopped anywhere, calling it again completes it. */
  async replace(attempt: string, texts: readonly ScreenText[]): Promise<void> {
    const stored = new Map((await this.#texts.find({ attempt }).toArray()).map((document) => [document._id, document]));
    for (const { startMs, endMs, text } of texts) {
      const _id = `${attempt}-${startMs}`;
      const before = stored.get(_id);
      stored.delete(_id);
      if (before?.text !== text || before.endMs !== endMs) await this.#texts.replaceOne({ _id }, { attempt, startMs, endMs, text }, { upsert: true });
    }
    if (stored.size) await this.#texts.deleteMany({ _id: { $in: [...stored.keys()] } });
  }
}
