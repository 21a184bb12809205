import type { Ack, AnnouncementName, Announcements, JoinAnswer, RequestAnswers, RequestName, Source } from '@vigil/protocol';
import type { Socket } from 'socket.io-client';
import { io } from 'socket.io-client';
import type { RTCRtpSender } from 'werift';
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket, useVP8 } from 'werift';
import type { Clip } from './clip.js';

/** How long a test waits for anything, ms. */
export const patienceMs = 15_000;

/** A refusal, as the server words it. */
export class Refused extends Error {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(`${reason}: ${message}`);
  }
}

/** What a student's page does, without the page: the socket's messages, and real ICE, DTLS and SRTP (werift). */
export class Student {
  readonly socket: Socket;
  readonly heard: { [K in AnnouncementName]: Announcements[K][] } = {
    recording: [],
    mediaServerLost: [],
    changed: [],
    replaced: [],
    ended: [],
  };
  #peer: RTCPeerConnection | undefined;
  #tracks = new Map<Source, MediaStreamTrack>();
  #parameters = new Map<Source, { kind: 'audio' | 'video'; rtpParameters: Record<string, unknown> }>();
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    for (const name of Object.keys(this.heard) as AnnouncementName[])
      socket.on(name, (payload: unknown) => {
        (this.heard[name] as unknown[]).push(payload);
        for (const wake of this.#waiting.splice(0)) wake();
      });
  }

  /** Opens the socket, as the page of that name. @throws {Refused} with the server's reason, or `connection` when the websocket is refused. */
  static async connect(url: string, token: unknown, headers: Record<string, string> = { origin: url }, page?: string): Promise<Student> {
    const socket = io(url, {
      path: '/media',
      transports: ['websocket'],
      auth: { token, page },
      extraHeaders: headers,
      reconnection: false,
      forceNew: true,
    });
    const student = new Student(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', (error: Error & { data?: { reason: string; message: string } }) => {
        socket.disconnect();
        reject(new Refused(error.data?.reason ?? 'connection', error.data?.message ?? error.message));
      });
    });
    return student;
  }

  /** Sends any message and waits for its answer. @throws {Refused} */
  async raw(event: string, payload: unknown): Promise<unknown> {
    const answer = (await this.socket.timeout(patienceMs).emitWithAck(event, payload)) as Ack<unknown>;
    if (!answer.ok) throw new Refused(answer.error.reason, answer.error.message);
    return answer.data;
  }

  async request<K extends RequestName>(event: K, payload: unknown = {}): Promise<RequestAnswers[K]> {
    return (await this.raw(event, payload)) as RequestAnswers[K];
  }

  /** Waits until what was heard satisfies a condition. */
  async hears(condition: () => boolean, withinMs = patienceMs): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`not heard in time; heard ${JSON.stringify(this.heard)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** The last state that the server told of a source. */
  state(source: Source): string | undefined {
    const last = this.heard.recording.filter((said) => said.source === source).at(-1);
    return last && (last.cause ? `${last.state} ${last.cause}` : last.state);
  }

  /**
   * Joins, and connects a peer that can send the sources. Sending starts with `feed`.
   * @param announced the fingerprint told to the server, where it is not the peer's own.
   */
  async join(sources: readonly Source[], announced?: string): Promise<JoinAnswer> {
    await this.#peer?.close();
    const answer = await this.request('join');
    const capability = (mime: string) =>
      (answer.routerRtpCapabilities.codecs as { mimeType: string; preferredPayloadType: number }[]).find(
        ({ mimeType }) => mimeType.toLowerCase() === mime,
      )!.preferredPayloadType;
    const opus = new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: capability('audio/opus') });
    const vp8 = useVP8({ payloadType: capability('video/vp8') });
    const peer = new RTCPeerConnection({
      codecs: { audio: [opus], video: [vp8] },
      bundlePolicy: 'max-bundle',
      iceServers: [],
      iceAdditionalHostAddresses: ['127.0.0.1'],
      iceUseIpv6: false,
    });
    this.#peer = peer;
    this.#tracks.clear();
    for (const source of sources) {
      const track = new MediaStreamTrack({ kind: source === 'microphone' ? 'audio' : 'video' });
      this.#tracks.set(source, track);
      tellTime(peer.addTransceiver(track, { direction: 'sendonly' }).sender);
    }
    // Without this it asks a STUN server on the internet, and waits 5 s for it.
    for (const { connection } of peer.iceTransports) delete connection.stunServer;
    await peer.setLocalDescription(await peer.createOffer());
    const local = peer.localDescription!.sdp;
    const fingerprint = /a=fingerprint:sha-256 (\S+)/.exec(local)![1]!;
    const sections = local.split(/^m=/m).slice(1);
    sources.forEach((source, index) => this.#parameters.set(source, describe(source, sections[index]!, opus, vp8)));
    await this.request('connectTransport', {
      dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: announced ?? fingerprint }] },
    });
    const connected = peer.connectionStateChange.watch((state) => state === 'connected', announced ? 3_000 : patienceMs);
    connected.catch(() => undefined);
    await peer.setRemoteDescription({ type: 'answer', sdp: answerSdp(answer, sections) });
    await connected;
    return answer;
  }

  /** The message that publishes a source. */
  produceMessage(source: Source): Record<string, unknown> {
    return { source, ...this.#parameters.get(source)!, ...(source === 'screen' && { surface: 'monitor' }) };
  }

  async publish(source: Source): Promise<string> {
    return (await this.request('produce', this.produceMessage(source))).producerId;
  }

  /** Sends a clip on every track of this peer, from now on. */
  feed(clip: Clip): void {
    for (const [source, track] of this.#tracks)
      (source === 'microphone' ? clip.onAudio : clip.onVideo)((packet) => track.writeRtp(packet));
  }

  /** Sends packets of 1200 bytes of a source as fast as they go, while `goesOn` says so; it is given how many were sent. */
  async flood(source: Source, goesOn: (sent: number) => boolean): Promise<void> {
    const track = this.#tracks.get(source)!;
    for (let sent = 0; goesOn(sent); sent += 1) {
      const header = new RtpHeader({ sequenceNumber: sent & 0xffff, timestamp: sent });
      track.writeRtp(new RtpPacket(header, Buffer.alloc(1_200)));
      // The socket's buffer is small.
      if (sent % 20 === 0) await new Promise(setImmediate);
    }
  }

  /** What a browser does with the socket of a page that is closed. */
  goAway(): void {
    const transport = this.socket.io.engine.transport as unknown as { ws: { close: (status: number) => void } };
    transport.ws.close(1001);
  }

  /** Takes the peer and the socket away, as a lost network does. */
  async close(): Promise<void> {
    this.socket.disconnect();
    await this.#peer?.close();
  }
}

/**
 * Lets a sender's reports tell the time as RFC 3550 has it: werift writes the digits after the second's point where 2^-32 s
 * are meant, so that its clock jumps about within each second.
 */
function tellTime(sender: RTCRtpSender): void {
  let ntp = 0n;
  Object.defineProperty(sender, 'ntpTimestamp', {
    get: () => ntp,
    // Set with each packet, together with the packet's RTP timestamp.
    set: () => {
      const ms = performance.timeOrigin + performance.now() - Date.UTC(1900, 0, 1);
      const seconds = Math.floor(ms / 1_000);
      ntp = (BigInt(seconds) << 32n) | BigInt(Math.floor(((ms % 1_000) / 1_000) * 2 ** 32));
    },
  });
}

/** What mediasoup-client would send for a track: one codec, one encoding. */
function describe(source: Source, section: string, opus: RTCRtpCodecParameters, vp8: RTCRtpCodecParameters) {
  const codec = source === 'microphone' ? opus : vp8;
  const rtpParameters = {
    mid: /^a=mid:(\S+)/m.exec(section)![1],
    codecs: [
      {
        mimeType: codec.mimeType,
        payloadType: codec.payloadType,
        clockRate: codec.clockRate,
        ...(codec.channels && { channels: codec.channels }),
        parameters: {},
        rtcpFeedback: [{ type: 'nack' }],
      },
    ],
    headerExtensions: [],
    encodings: [{ ssrc: Number(/^a=ssrc:(\d+)/m.exec(section)![1]) }],
    rtcp: { cname: 'student', reducedSize: true },
  };
  return { kind: source === 'microphone' ? ('audio' as const) : ('video' as const), rtpParameters };
}

/** The answer to the offer, from what the server told of its transport (ICE lite, DTLS server). */
function answerSdp({ transport }: JoinAnswer, sections: readonly string[]): string {
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  const fingerprint = (dtlsParameters.fingerprints as { algorithm: string; value: string }[]).find(
    ({ algorithm }) => algorithm === 'sha-256',
  )!;
  const candidates = iceCandidates
    .filter(({ protocol }) => protocol === 'udp')
    .map(({ foundation, priority, address, port }) => `a=candidate:${String(foundation)} 1 udp ${String(priority)} ${String(address)} ${String(port)} typ host`);
  const media = sections.map((section) => {
    const lines = section.split('\r\n');
    return [
      `m=${lines[0]!}`,
      'c=IN IP4 127.0.0.1',
      ...lines.filter((line) => /^a=(mid|rtpmap|fmtp|rtcp-fb):/.test(line)),
      'a=recvonly',
      'a=rtcp-mux',
      'a=setup:passive',
      `a=ice-ufrag:${String(iceParameters.usernameFragment)}`,
      `a=ice-pwd:${String(iceParameters.password)}`,
      `a=fingerprint:sha-256 ${fingerprint.value}`,
      ...candidates,
      'a=end-of-candidates',
    ].join('\r\n');
  });
  const mids = sections.map((section) => /^a=mid:(\S+)/m.exec(section)![1]).join(' ');
  const head = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=ice-lite', `a=group:BUNDLE ${mids}`];
  return [...head, ...media, ''].join('\r\n');
}
