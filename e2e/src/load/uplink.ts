import type { RtcpPacket, RtpHeader } from 'werift';
import {
  defaultPeerConfig,
  IceCandidate,
  ProtectionProfileAeadAes128Gcm,
  ProtectionProfileAes128CmHmacSha1_80,
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
} from 'werift';

/** The server's end, as it told it. */
export interface Remote {
  usernameFragment: string;
  password: string;
  iceLite: boolean;
  fingerprint: { algorithm: string; value: string };
  candidates: { foundation: string; priority: number; address: string; port: number }[];
}

/** How long ICE and DTLS may take together, ms. */
const connectMs = 30_000;

/**
 * A sender's transport over loopback: ICE (controlling), DTLS (client) and SRTP of werift, without a peer connection around
 * it, so that hundreds of students fit into one process.
 */
export class Uplink {
  /** Told to the server. */
  readonly fingerprint: string;
  readonly usernameFragment: string;
  readonly password: string;
  onRtcp: (packet: RtcpPacket) => void = () => undefined;
  private transportSequence = 0;

  private constructor(
    private readonly ice: RTCIceTransport,
    private readonly dtls: RTCDtlsTransport,
  ) {
    this.fingerprint = dtls.localParameters.fingerprints[0]!.value;
    this.usernameFragment = ice.localParameters.usernameFragment;
    this.password = ice.localParameters.password;
    dtls.onRtcp.subscribe((packet) => this.onRtcp(packet));
  }

  /** Gathers the local candidates. */
  static async create(): Promise<Uplink> {
    const certificate = await RTCDtlsTransport.SetupCertificate();
    const gatherer = new RTCIceGatherer({ useIpv4: false, useIpv6: false, additionalHostAddresses: ['127.0.0.1'] });
    // Else it asks a STUN server on the internet.
    delete gatherer.connection.stunServer;
    gatherer.connection.iceControlling = true;
    const ice = new RTCIceTransport(gatherer);
    const dtls = new RTCDtlsTransport(defaultPeerConfig, ice, certificate, [
      ProtectionProfileAeadAes128Gcm,
      ProtectionProfileAes128CmHmacSha1_80,
    ]);
    dtls.role = 'client';
    await gatherer.gather();
    return new Uplink(ice, dtls);
  }

  /** The local candidates as lines of SDP, without `a=`. */
  get candidates(): string[] {
    return this.ice.localCandidates.map(
      ({ foundation, component, priority, ip, port }) => `candidate:${foundation} ${component} udp ${priority} ${ip} ${port} typ host`,
    );
  }

  /** @throws {Error} when the server is not reached in time. */
  async connect({ usernameFragment, password, iceLite, fingerprint, candidates }: Remote): Promise<void> {
    const { algorithm, value } = fingerprint;
    this.dtls.setRemoteParams(new RTCDtlsParameters([new RTCDtlsFingerprint(algorithm, value)], 'server'));
    this.ice.setRemoteParams(Object.assign(new RTCIceParameters({ usernameFragment, password }), { iceLite }));
    for (const { foundation, priority, address, port } of candidates)
      await this.ice.addRemoteCandidate(new IceCandidate(1, foundation, address, port, priority, 'udp', 'host'));
    await this.ice.addRemoteCandidate(undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('ICE and DTLS did not connect in time')), connectMs);
    });
    await Promise.race([this.ice.start().then(() => this.dtls.start()), late]).finally(() => clearTimeout(timer));
  }

  /** The next number for the transport-wide sequence of congestion control. */
  nextTransportSequence(): number {
    this.transportSequence = (this.transportSequence + 1) & 0xffff;
    return this.transportSequence;
  }

  /** Encrypts and sends. @returns what went out, for sending it again. */
  send(header: RtpHeader, payload: Buffer): Buffer {
    const packet = this.dtls.srtp.encrypt(payload, header);
    this.sendAgain(packet);
    return packet;
  }

  /** Sends an encrypted packet. */
  sendAgain(packet: Buffer): void {
    // A packet that cannot go out is lost, as on any network.
    this.ice.connection.send(packet).catch(() => undefined);
  }

  sendRtcp(...packets: RtcpPacket[]): void {
    void this.dtls.sendRtcp(packets);
  }

  async close(): Promise<void> {
    await this.dtls.stop();
  }
}
