import { once } from 'node:events';
import type { Ack, Announcements, RequestAnswers, RequestName, RequestPayload, Source } from '@vigil/protocol';
import { SessionAnswer, StudentAttempt } from '@vigil/protocol';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import type { Clips } from './clips.js';
import { type LoadStudent, Publisher } from './publisher.js';
import { extensionIds, type SourceSender } from './source-sender.js';

const patienceMs = 60_000;

const Capabilities = z.object({
  codecs: z.array(z.object({ mimeType: z.string(), preferredPayloadType: z.number() })),
});
const Transport = z.object({
  iceParameters: z.object({ usernameFragment: z.string(), password: z.string() }),
  iceCandidates: z.array(z.object({ foundation: z.string(), priority: z.number(), address: z.string(), port: z.number(), protocol: z.string() })),
  dtlsParameters: z.object({ fingerprints: z.array(z.object({ algorithm: z.string(), value: z.string() })) }),
});

/** A student of Vigil, from the link to the end of the attempt, as the page does it. */
export class VigilStudent implements LoadStudent {
  private constructor(
    private readonly socket: Socket,
    readonly publisher: Publisher,
    readonly recording: string,
  ) {}

  /**
   * Opens the link, agrees, joins and begins; sends the clips from then on. Resolves when every source is recorded.
   * @throws {Error} what the server refused.
   */
  static async enter(link: string, clips: Clips): Promise<VigilStudent> {
    const url = new URL(link);
    const linkToken = url.hash.slice(1);
    const request = async (path: string, body?: object): Promise<unknown> => {
      const answer = await fetch(new URL(path, url), {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${linkToken}`, origin: url.origin, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const { id, notice } = StudentAttempt.parse(await request('/api/student/attempt'));
    await request('/api/student/agreement', { noticeVersion: notice.version, agreed: true });
    const { mediaUrl, mediaToken } = SessionAnswer.parse(await request('/api/student/session', {}));
    const socket = io(mediaUrl || url.origin, {
      path: '/media',
      transports: ['websocket'],
      auth: { token: mediaToken },
      extraHeaders: { origin: url.origin },
      reconnection: false,
      forceNew: true,
    });
    await Promise.race([
      once(socket as unknown as NodeJS.EventEmitter, 'connect', { signal: AbortSignal.timeout(patienceMs) }),
      once(socket as unknown as NodeJS.EventEmitter, 'connect_error').then(([error]) => Promise.reject(error as Error)),
    ]);
    const student = await VigilStudent.join(socket, clips, id);
    await student.begin();
    return student;
  }

  private static async join(socket: Socket, clips: Clips, attempt: string): Promise<VigilStudent> {
    const answer = await ask(socket, 'join', {});
    const { codecs } = Capabilities.parse(answer.routerRtpCapabilities);
    const { iceParameters, iceCandidates, dtlsParameters } = Transport.parse(answer.transport);
    const payloadType = (mime: string): number => codecs.find(({ mimeType }) => mimeType.toLowerCase() === mime)!.preferredPayloadType;
    const publisher = await Publisher.create(clips, { opus: payloadType('audio/opus'), vp8: payloadType('video/vp8') });
    await ask(socket, 'connectTransport', {
      dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: publisher.uplink.fingerprint }] },
    });
    await publisher.uplink.connect({
      ...iceParameters,
      iceLite: true,
      fingerprint: dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')!,
      candidates: iceCandidates.filter(({ protocol }) => protocol === 'udp'),
    });
    return new VigilStudent(socket, publisher, attempt);
  }

  private async begin(): Promise<void> {
    await ask(this.socket, 'ready', {});
    for (const sender of this.publisher.senders) await ask(this.socket, 'produce', describe(sender));
    const waiting = new Set(this.publisher.senders.map(({ source }) => source));
    const recorded = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not recorded: ${[...waiting].join(', ')}`)), patienceMs);
      this.socket.on('recording', ({ source, state }: Announcements['recording']) => {
        if (state === 'recorded') waiting.delete(source);
        if (waiting.size) return;
        clearTimeout(timer);
        resolve();
      });
    });
    await ask(this.socket, 'begin', {});
    // Only now, so that every packet belongs into the record.
    this.publisher.start();
    await recorded;
  }

  async finish(): Promise<void> {
    await ask(this.socket, 'finish', {});
    this.socket.disconnect();
    await this.publisher.uplink.close();
  }
}

async function ask<K extends RequestName>(socket: Socket, name: K, payload: RequestPayload<K>): Promise<RequestAnswers[K]> {
  const answer = (await socket.timeout(patienceMs).emitWithAck(name, payload)) as Ack<RequestAnswers[K]>;
  if (!answer.ok) throw new Error(`${name}: ${answer.error.message}`);
  return answer.data;
}

/** What mediasoup-client says of a browser's sender: one codec, one encoding. */
function describe({ source, mid, payloadType, ssrc }: SourceSender): RequestPayload<'produce'> {
  const audio = source === 'microphone';
  const feedback = [{ type: 'transport-cc' }, { type: 'nack' }];
  return {
    source,
    kind: audio ? 'audio' : 'video',
    rtpParameters: {
      mid,
      codecs: [
        {
          ...(audio ? { mimeType: 'audio/opus', clockRate: 48_000, channels: 2 } : { mimeType: 'video/VP8', clockRate: 90_000 }),
          payloadType,
          parameters: {},
          rtcpFeedback: audio ? feedback : [...feedback, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }],
        },
      ],
      headerExtensions: [
        { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: extensionIds.mid },
        { uri: transportWideUri, id: extensionIds.transportSequence },
      ],
      encodings: [{ ssrc }],
      rtcp: { cname: 'load', reducedSize: true },
    },
    ...(source === ('screen' satisfies Source) && { surface: 'monitor' as const }),
  };
}

/** The header extension of transport-wide congestion control. */
export const transportWideUri = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
