import type { JoinAnswer, RequestPayload } from '@vigil/protocol';
import { Device, types } from 'mediasoup-client';
import { encodingOf, limits, mimeTypeOf, type Sent } from './encodings.js';
import type { Request } from './signalling.js';

/** `idle`: nothing is published yet, so nothing was connected. */
export type TransportState = 'idle' | 'connecting' | 'connected' | 'lost';

/** A track on its way to the SFU. */
export interface Published {
  readonly producerId: string;
  readonly close: () => void;
  readonly stats: () => Promise<RTCStatsReport>;
}

/** What the screen's track says of itself; Firefox and Safari say nothing. */
export type Surface = NonNullable<RequestPayload<'produce'>['surface']>;

/** One send transport and what goes over it. It lives from one join to the next. */
export interface Publisher {
  readonly state: TransportState;
  publish(sent: Sent, track: MediaStreamTrack, surface?: Surface): Promise<Published>;
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
    publish: async (sent, track, surface) => {
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
                opusMaxAverageBitrate: limits.microphone.maxBitrate,
              },
            }
          : {
              encodings: [encodingOf(sent, track.getSettings())],
              // Starts the estimate near the target: else the first seconds of a recording are a blur.
              codecOptions: { videoGoogleStartBitrate: sent === 'probe' ? 800 : 300 },
            }),
      });
      if (sent === 'screen' && producer.rtpSender) await keepResolution(producer.rtpSender);
      return {
        producerId: producer.id,
        close: () => producer.close(),
        stats: () => producer.getStats(),
      };
    },
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

/** Rather fewer pictures of the screen than ones that cannot be read. */
async function keepResolution(sender: RTCRtpSender): Promise<void> {
  const parameters: RTCRtpSendParameters & { degradationPreference?: string } = sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  // Where the browser does not know the setting, the track's contentHint does the same.
  await sender.setParameters(parameters).catch(() => undefined);
}
