import type { Source } from '@vigil/protocol';
import type { UplinkStep } from './encodings.js';
import type { Publisher, Published, Surface } from './publisher.js';
import type { SourceView } from './session-view.js';
import type { Request } from './signalling.js';

interface LocalTrack {
  track: MediaStreamTrack;
  surface: Surface | undefined;
  /** Resolved or under way; a second call waits for the same. */
  publishing: Promise<Published> | undefined;
  /** Takes the listeners off the track. */
  release: () => void;
}

/** What the tracks need of the session. */
export interface SourceTracksParts {
  request: Request;
  changed: (source: Source, change: Partial<SourceView>) => void;
  /** What the uplink carries now. */
  step: () => UplinkStep;
}

/** The student's tracks: who is live, who is published, and what the browser says about them (ended, muted). */
export class SourceTracks {
  readonly #parts: SourceTracksParts;
  readonly #tracks = new Map<Source, LocalTrack>();

  constructor(parts: SourceTracksParts) {
    this.#parts = parts;
  }

  /** Sources that have a track at the moment. */
  get sources(): Source[] {
    return [...this.#tracks.keys()];
  }

  get(source: Source): MediaStreamTrack | undefined {
    return this.#tracks.get(source)?.track;
  }

  /** Takes a track over; an earlier one of this source is stopped. */
  set(source: Source, track: MediaStreamTrack, surface?: Surface): void {
    this.#drop(source);
    const ended = (): void => this.end(source);
    const muted = (): void => this.#muted(source);
    track.addEventListener('ended', ended);
    track.addEventListener('mute', muted);
    track.addEventListener('unmute', muted);
    const release = (): void => {
      track.removeEventListener('ended', ended);
      track.removeEventListener('mute', muted);
      track.removeEventListener('unmute', muted);
    };
    this.#tracks.set(source, { track, surface, publishing: undefined, release });
    this.#parts.changed(source, { track: track.muted ? 'muted' : 'live', never: false, recorded: null, cause: null });
  }

  /** Publishes a source's track, unless that is done or under way. Throws what the server or the browser says. */
  async publish(source: Source, publisher: Publisher): Promise<void> {
    const local = this.#tracks.get(source);
    if (!local) return;
    if (!local.publishing) {
      const publishing = publisher.publish(source, local.track, this.#parts.step(), local.surface);
      local.publishing = publishing;
      publishing.catch(() => {
        if (local.publishing === publishing) local.publishing = undefined;
      });
      const { producerId } = await publishing;
      const cause = this.#causeOf(source, local);
      if (cause) this.#tell('setMuted', { producerId, muted: true, cause });
    }
    await local.publishing;
  }

  /** The uplink carries more or less than before: all that is published is sent accordingly. */
  async adapt(): Promise<void> {
    const step = this.#parts.step();
    await Promise.all(
      [...this.#tracks].map(async ([source, local]) => {
        const published = await local.publishing?.catch(() => undefined);
        if (!published) return;
        await published.adapt(step);
        this.#tellMuted(source, local, published.producerId);
      }),
    );
  }

  /** The transport is gone, and with it all that was published. */
  unpublished(): void {
    for (const [source, local] of this.#tracks) {
      local.publishing = undefined;
      this.#parts.changed(source, { recorded: null, cause: null });
    }
  }

  /** The source has no track any more. */
  end(source: Source): void {
    this.#drop(source);
    this.#parts.changed(source, { track: 'ended', recorded: null, cause: null });
  }

  /** Stops every track, so that the browser's recording signs go out. */
  close(): void {
    for (const { release, track } of this.#tracks.values()) {
      release();
      track.stop();
    }
    this.#tracks.clear();
  }

  #drop(source: Source): void {
    const local = this.#tracks.get(source);
    if (!local) return;
    this.#tracks.delete(source);
    local.release();
    local.track.stop();
    local.publishing?.then(
      ({ producerId, close }) => {
        close();
        this.#tell('closeProducer', { producerId });
      },
      () => undefined,
    );
  }

  #muted(source: Source): void {
    const local = this.#tracks.get(source);
    if (!local) return;
    const { muted } = local.track;
    this.#parts.changed(source, { track: muted ? 'muted' : 'live' });
    local.publishing?.then(({ producerId }) => this.#tellMuted(source, local, producerId), () => undefined);
  }

  #tellMuted(source: Source, local: LocalTrack, producerId: string): void {
    const cause = this.#causeOf(source, local);
    this.#tell('setMuted', { producerId, muted: cause !== undefined, ...(cause && { cause }) });
  }

  /** Why a published source gives nothing now. */
  #causeOf(source: Source, { track }: LocalTrack): 'muted' | 'thin-line' | undefined {
    if (track.muted) return 'muted';
    return this.#parts.step()[source] === null ? 'thin-line' : undefined;
  }

  /** Only news for the server: if the connection is gone, the next join says it all again. */
  #tell(...[name, payload]: Parameters<Request>): void {
    this.#parts.request(name, payload).catch(() => undefined);
  }
}
