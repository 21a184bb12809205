import type { Handlers } from '../handlers.js';
import { Room } from '../../sfu/room.js';

/** A new room; an older one of this socket is closed first, with its recording. */
export const join: Handlers['join'] = async (live, _payload, { worker, iceServers, uplink, ringKeyOf, now }) => {
  live.refuseAfterFlood();
  await live.stopMedia('connection');
  const room = await Room.create(worker);
  live.room = room;
  const { routerRtpCapabilities, transport } = room.offer;
  return {
    routerRtpCapabilities: { ...routerRtpCapabilities },
    transport: {
      id: transport.id,
      iceParameters: { ...transport.iceParameters },
      iceCandidates: transport.iceCandidates.map((candidate) => ({ ...candidate })),
      dtlsParameters: { ...transport.dtlsParameters },
    },
    iceServers,
    ringKey: ringKeyOf(live.id).toString('base64'),
    uplink,
    progress: live.progress,
    nowMs: now(),
  };
};

/** The browser's certificate; DTLS starts. */
export const connectTransport: Handlers['connectTransport'] = async (live, { dtlsParameters }) => {
  await live.requireRoom().connect(dtlsParameters);
  return {};
};

/** New ICE credentials, after a change of network (RFC 8445, section 2.4). */
export const restartIce: Handlers['restartIce'] = async (live) => ({
  iceParameters: { ...(await live.requireRoom().restartIce()) },
});
