import type { Clips } from './clips.js';
import { type JanusSession } from './janus-session.js';
import { type LoadStudent, Publisher } from './publisher.js';
import { extensionIds, type SourceSender } from './source-sender.js';
import type { Remote } from './uplink.js';
import { transportWideUri } from './vigil-student.js';

const payloadTypes = { opus: 111, vp8: 96 };

/** A publisher in Janus's VideoRoom, in a room that records. */
export class JanusStudent implements LoadStudent {
  private constructor(
    private readonly session: JanusSession,
    private readonly handle: number,
    readonly publisher: Publisher,
    readonly recording: string,
  ) {}

  /** Joins, publishes three sources in one peer connection, and sends the clips. @throws {Error} what Janus refused. */
  static async enter(session: JanusSession, room: number, name: string, clips: Clips): Promise<JanusStudent> {
    const handle = await session.attach('janus.plugin.videoroom');
    const publisher = await Publisher.create(clips, payloadTypes);
    const answer = await session.message(
      handle,
      { request: 'joinandconfigure', ptype: 'publisher', room, display: name, filename: name },
      offer(publisher),
    );
    const connected = session.event(handle, 'webrtcup');
    await publisher.uplink.connect(remoteOf(answer));
    await connected;
    publisher.start();
    return new JanusStudent(session, handle, publisher, name);
  }

  async finish(): Promise<void> {
    await this.session.detach(this.handle);
    await this.publisher.uplink.close();
  }
}

function offer({ uplink, senders }: Publisher): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${senders.map(({ mid }) => mid).join(' ')}`];
  for (const sender of senders)
    lines.push(
      ...section(sender),
      `a=ice-ufrag:${uplink.usernameFragment}`,
      `a=ice-pwd:${uplink.password}`,
      `a=fingerprint:sha-256 ${uplink.fingerprint}`,
      ...uplink.candidates.map((line) => `a=${line}`),
      'a=end-of-candidates',
    );
  return [...lines, ''].join('\r\n');
}

function section({ source, mid, payloadType, ssrc }: SourceSender): string[] {
  const audio = source === 'microphone';
  const feedback = ['transport-cc', 'nack', ...(audio ? [] : ['nack pli', 'ccm fir'])];
  return [
    `m=${audio ? 'audio' : 'video'} 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    'a=sendonly',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    'a=setup:active',
    `a=rtpmap:${payloadType} ${audio ? 'opus/48000/2' : 'VP8/90000'}`,
    ...feedback.map((kind) => `a=rtcp-fb:${payloadType} ${kind}`),
    `a=extmap:${extensionIds.mid} urn:ietf:params:rtp-hdrext:sdes:mid`,
    `a=extmap:${extensionIds.transportSequence} ${transportWideUri}`,
    `a=msid:load ${source}`,
    `a=ssrc:${ssrc} cname:load`,
  ];
}

/** @throws {Error} when the answer does not say how to connect. */
function remoteOf(sdp: string): Remote {
  const value = (name: string): string => {
    const found = new RegExp(`^a=${name}:(.+?)\\r?$`, 'm').exec(sdp)?.[1];
    if (found === undefined) throw new Error(`no ${name} in Janus's answer`);
    return found;
  };
  const [algorithm = '', fingerprint = ''] = value('fingerprint').split(' ');
  const first = sdp.split(/^m=/m)[1] ?? '';
  const candidates = [...first.matchAll(/^a=candidate:(\S+) 1 udp (\d+) (\S+) (\d+) typ host/gim)].map(
    ([, foundation = '', priority, address = '', port]) => ({ foundation, priority: Number(priority), address, port: Number(port) }),
  );
  return {
    usernameFragment: value('ice-ufrag'),
    password: value('ice-pwd'),
    iceLite: /^a=ice-lite/m.test(sdp),
    fingerprint: { algorithm: algorithm.toLowerCase(), value: fingerprint },
    candidates,
  };
}
