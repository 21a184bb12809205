import type { RequestPayload, Source } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { types } from 'mediasoup';
import { checkKind } from './codecs.js';
import type { MediaWorker } from './media-worker.js';
import { parseDtlsParameters, parseRtpParameters } from './parameters.js';
import type { Tap, TapOptions } from './tap.js';
import { openTap } from './tap.js';

/** bits a second, while the uplink is measured. */
const probeBitrate = 1_500_000;
/** Retransmission and a step up need room above what the sources may take together. */
const recordingShare = 1.5;
/** ms; the shortest time between two key frames that the browser is asked for. */
const keyFrameRequestDelay = 1_000;

/** Why a producer that is there sends nothing. */
export type MutedCause = NonNullable<RequestPayload<'setMuted'>['cause']>;

interface Entry {
  source: Source | 'probe';
  producer: types.Producer;
  /** Why it gives nothing for now. */
  muted: MutedCause | undefined;
}

/**
 * The media of one student's session: a router of its own, the WebRtcTransport that the browser sends to, and the
 * DirectTransport that leads to the recorder. Nothing here can send media to a browser. CLOSURES.md says who closes what.
 */
export class Room {
  readonly #router: types.Router;
  readonly #transport: types.WebRtcTransport;
  readonly #direct: types.DirectTransport;
  readonly #producers = new Map<string, Entry>();

  private constructor(router: types.Router, transport: types.WebRtcTransport, direct: types.DirectTransport) {
    this.#router = router;
    this.#transport = transport;
    this.#direct = direct;
  }

  /** @throws {VigilError} noMedia. */
  static async create(worker: MediaWorker): Promise<Room> {
    const { router, webRtcServer } = await worker.createRouter();
    try {
      const transport = await router.createWebRtcTransport({ webRtcServer, preferUdp: true, enableSctp: false });
      await transport.setMaxIncomingBitrate(probeBitrate);
      return new Room(router, transport, await router.createDirectTransport());
    } catch (error) {
      router.close();
      throw new VigilError('noMedia', undefined, { cause: error });
    }
  }

  /** Gone with its worker, or closed. */
  get closed(): boolean {
    return this.#transport.closed;
  }

  /** What the browser needs to build its end. */
  get offer(): { routerRtpCapabilities: types.RtpCapabilities; transport: TransportOffer } {
    const { id, iceParameters, iceCandidates, dtlsParameters } = this.#transport;
    return {
      routerRtpCapabilities: this.#router.rtpCapabilities,
      transport: { id, iceParameters, iceCandidates, dtlsParameters },
    };
  }

  /** @throws {VigilError} badInput or noMedia. */
  async connect(dtlsParameters: unknown): Promise<void> {
    await this.#asked(this.#transport.connect({ dtlsParameters: parseDtlsParameters(dtlsParameters) }));
  }

  restartIce(): Promise<types.IceParameters> {
    return this.#transport.restartIce();
  }

  /**
   * Takes what the browser sends for a source. @returns the producer's id.
   * @throws {VigilError} badInput or noMedia.
   */
  async produce(source: Source | 'probe', kind: types.MediaKind, rtpParameters: unknown): Promise<string> {
    checkKind(source, kind);
    const producer = await this.#asked(
      this.#transport.produce({ kind, rtpParameters: parseRtpParameters(rtpParameters), keyFrameRequestDelay }),
    );
    this.#producers.set(producer.id, { source, producer, muted: undefined });
    return producer.id;
  }

  /** The source of a producer of this room. @throws {VigilError} notFound, also for another student's. */
  sourceOf(producerId: string): Source | 'probe' {
    return this.#entry(producerId).source;
  }

  /** Remembers what the student's end says of a producer: it may say so before the recording begins. @throws {VigilError} notFound. */
  setMuted(producerId: string, cause: MutedCause | undefined): void {
    this.#entry(producerId).muted = cause;
  }

  /** @throws {VigilError} notFound. */
  mutedFor(producerId: string): MutedCause | undefined {
    return this.#entry(producerId).muted;
  }

  /** The producer that sends a source now. */
  producerOf(source: Source | 'probe'): string | undefined {
    for (const [id, entry] of this.#producers) if (entry.source === source) return id;
    return undefined;
  }

  closeProducer(producerId: string): void {
    this.#producers.get(producerId)?.producer.close();
    this.#producers.delete(producerId);
  }

  /** From now on the browser is asked to send no more than a recording needs. @param maxBitrate of all sources, bit/s */
  async limitToRecording(maxBitrate: number): Promise<void> {
    await this.#transport.setMaxIncomingBitrate(recordingShare * maxBitrate);
  }

  /** Leads a producer of this room to the recorder. */
  async tap(producerId: string, options: Pick<TapOptions, 'open' | 'accepts'>): Promise<Tap> {
    return openTap({ router: this.#router, direct: this.#direct, producer: this.#entry(producerId).producer, ...options });
  }

  /** Closes the router, and with it everything above it. Idempotent. */
  close(): void {
    this.#producers.clear();
    this.#router.close();
  }

  /**
   * mediasoup refuses with a TypeError or the worker's own words what the browser said; those words stay here. A worker that
   * died in the middle says nothing about what it was asked.
   */
  async #asked<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (this.closed) throw new VigilError('noMedia', undefined, { cause: error });
      throw new VigilError('badInput', 'The media server did not accept these parameters.', { cause: error });
    }
  }

  #entry(producerId: string): Entry {
    const entry = this.#producers.get(producerId);
    if (!entry) throw new VigilError('notFound', 'There is no such producer in this session.');
    return entry;
  }
}

/** A student's end of the transport, as the browser is told. */
export type TransportOffer = Pick<types.WebRtcTransport, 'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>;
