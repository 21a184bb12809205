import type { Source } from '@vigil/protocol';
import { Source as Sources } from '@vigil/protocol';
import type { Clips } from './clips.js';
import { type Sent, SourceSender } from './source-sender.js';
import { Uplink } from './uplink.js';

/** What a student's page has: one transport, and a sender for each source. */
export class Publisher {
  private constructor(
    readonly uplink: Uplink,
    readonly senders: readonly SourceSender[],
  ) {
    uplink.onRtcp = (packet) => {
      for (const sender of senders) sender.rtcp(packet);
    };
  }

  /** @param payloadTypes of Opus and VP8, as the server wants them. */
  static async create(clips: Clips, payloadTypes: { opus: number; vp8: number }): Promise<Publisher> {
    const uplink = await Uplink.create();
    const senders = Sources.options.map(
      (source, mid) => new SourceSender(source, `${mid}`, source === 'microphone' ? payloadTypes.opus : payloadTypes.vp8, clips[source], uplink),
    );
    return new Publisher(uplink, senders);
  }

  /** Starts all sources, students out of step. The microphone comes behind the webcam: a record begins with its first picture. */
  start(): void {
    const delayMs = Math.random() * 60;
    for (const sender of this.senders) sender.start(sender.source === 'microphone' ? delayMs + 100 : delayMs);
  }

  /** Sends nothing more; the connection stays. */
  stop(): void {
    for (const sender of this.senders) sender.stop();
  }

  get sent(): Record<Source, Sent> {
    return Object.fromEntries(this.senders.map(({ source, sent }) => [source, { ...sent }])) as Record<Source, Sent>;
  }
}

/** A student whose media goes to some server. */
export interface LoadStudent {
  readonly publisher: Publisher;
  /** What the server calls the student's recording. */
  readonly recording: string;
  /** Resolves when the server has all and says that it is recorded. */
  finish(): Promise<void>;
}
