import type { JoinAnswer, RequestPayload, Source } from '@vigil/protocol';
import { Device, types } from 'mediasoup-client';
import { encodingOf, mimeTypeOf, probeLimit, type Sent, type PictureLimit, type UplinkStep } from './encodings.js';
import type { Request } from './signalling.js';

/** `idle`: nothing is published yet, so nothing was connected. */
export type TransportState = 'idle' | 'connecting' | 'connected' | 'lost';

/** A track on its way to the SFU. */
export interface Published {
  readonly producerId: string;
  readonly close: () => void;
  readonly stats: () => Promise<RTCStatsReport>;
  /** Sends from now on what a step of the uplink allows this source, or nothing. */
  readonly adapt: (step: UplinkStep) => Promise<void>;
}

/** What the screen's track says of itself; Firefox and Safari say nothing. */
export type Surface = NonNullable<RequestPayload<'produce'>['surface']>;

/** One send transport and what goes over it. It lives from one join to the next. */
export interface Publisher {
  readonly state: TransportState;
  /** @param step of the uplink; a probe has its own limit. */
  publish(sent: Sent, track: MediaStreamTrack, step: UplinkStep, surface?: Surface): Promise<Published>;
  /** Of all that is sent. */
  stats(): Promise<RTCStatsReport>;
  restartIce(iceParameters: Record<string, unknown>): Promise<void>;
  close(): void;
}

const states: Record<types.ConnectionState, TransportState> = {
  new: 'idle',
  connecting: 'connecting',
  connected: 'connected',
  // A few seconds without an answer; it may come back by itself, but the session restarts ICE at once.
  disconnected: 'lost',
  failed: 'lost',
  closed: 'lost',
};

/** Makes the transport that a `join` described. @param changed is called on each change of its state. */
export async function createPublisher(
  answer: JoinAnswer,
  request: Request,
  changed: (state: TransportState) => void,
): Promise<Publisher> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: answer.routerRtpCapabilities });
  const chromium = /^Chrome/.test(device.handlerName);
  const transport = device.createSendTransport({
    ...(answer.transport as unknown as types.TransportOptions),
    iceServers: answer.iceServers,
  });
  let state: TransportState = 'idle';
  let closed = false;

  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    request('connectTransport', { dtlsParameters: { ...dtlsParameters } }).then(() => done(), failed);
  });
  transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
    const { sent, surface } = appData as { sent: Sent; surface?: Surface };
    request('produce', { source: sent, kind, rtpParameters: { ...rtpParameters }, ...(surface && { surface }) }).then(
      ({ producerId }) => done({ id: producerId }),
      failed,
    );
  });
  transport.on('connectionstatechange', (connection) => {
    state = states[connection];
    if (!closed) changed(state);
  });

  return {
    get state() {
      return state;
    },
    publish: async (sent, track, step, surface) => {
      const wanted = mimeTypeOf(sent, chromium).toLowerCase();
      const codec = device.sendRtpCapabilities.codecs?.find(
        ({ mimeType, parameters }) => mimeType.toLowerCase() === wanted && isProfile0(parameters),
      );
      const producer = await transport.produce({
        track,
        stopTracks: false,
        disableTrackOnPause: false,
        appData: { sent, ...(surface && { surface }) },
        ...(codec && { codec }),
        ...(sent === 'microphone'
          ? {
              codecOptions: {
                opusStereo: false,
                opusDtx: true,
                opusFec: false,
                opusNack: true,
                opusMaxAverageBitrate: (step.microphone ?? quietest).maxBitrate,
              },
            }
          : {
              encodings: [{ ...encodingOf(limitOf(sent, step) ?? probeLimit, track.getSettings()), scalabilityMode: 'L1T1' }],
              // Starts the estimate near the target: else the first seconds of a recording are a blur.
              codecOptions: { videoGoogleStartBitrate: sent === 'probe' ? 800 : 300 },
            }),
      });
      const sender = producer.rtpSender;
      if (sent === 'screen' && sender) await keepResolution(sender);
      const adapt = async (to: UplinkStep): Promise<void> => {
        if (sender && sent !== 'probe') await setStep(sender, sent, track, to);
      };
      await adapt(step);
      return {
        producerId: producer.id,
        close: () => producer.close(),
        stats: () => producer.getStats(),
        adapt,
      };
    },
    stats: () => transport.getStats(),
    restartIce: (iceParameters) => transport.restartIce({ iceParameters: iceParameters as types.IceParameters }),
    close: () => {
      closed = true;
      transport.close();
    },
  };
}

/** Of VP9: 8 bit a colour, which every player can show. Other codecs name no profile. */
const isProfile0 = (parameters: { 'profile-id'?: unknown } | undefined): boolean =>
  [undefined, 0, '0'].some((profile) => profile === parameters?.['profile-id']);

/** Opus' own least that speech survives, for a publisher that starts with nothing to send, bit/s. */
const quietest = { maxBitrate: 16_000 };

const limitOf = (sent: Exclude<Sent, 'microphone'>, step: UplinkStep): PictureLimit | null => (sent === 'probe' ? probeLimit : step[sent]);

/** Changes what a sender sends (WebRTC, 5.2 setParameters); what a browser does not know of it, it leaves out. */
async function setStep(sender: RTCRtpSender, source: Source, track: MediaStreamTrack, step: UplinkStep): Promise<void> {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) return;
  const limit = step[source];
  encoding.active = limit !== null;
  if (limit) encoding.maxBitrate = limit.maxBitrate;
  if (limit && 'width' in limit) Object.assign(encoding, encodingOf(limit, track.getSettings()));
  await sender.setParameters(parameters);
}

/** Rather fewer pictures of the screen than ones that cannot be read. */
async function keepResolution(sender: RTCRtpSender): Promise<void> {
  const parameters: RTCRtpSendParameters & { degradationPreference?: string } = sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  // Where the browser does not know the setting, the track's contentHint does the same.
  await sender.setParameters(parameters).catch(() => undefined);
}
