import { sourcesOf } from '@vigil/protocol';
import type { Handlers } from '../handlers.js';

/** The checks are passed. */
export const ready: Handlers['ready'] = async (live) => {
  await live.pass();
  return {};
};

/** Starts or continues the recording, with what is already sent. Asking again changes nothing. */
export const begin: Handlers['begin'] = async (live, _payload, { uplink }) => {
  const answer = await live.begin();
  const room = live.requireRoom();
  const probe = room.producerOf('probe');
  if (probe !== undefined) room.closeProducer(probe);
  for (const source of sourcesOf(live.rules)) {
    const producer = room.producerOf(source);
    if (producer !== undefined && !live.recording?.has(source)) await live.recording?.add(source, producer);
  }
  live.recording?.announceChanges();
  await room.limitToRecording(uplink.maxBitrate);
  return answer;
};

/** Ends the attempt; answered when everything is durable and written. */
export const finish: Handlers['finish'] = (live) => live.finish();

/** The server's time, for the browser's estimate of it; an estimate that comes along is kept with the attempt. */
// eslint-disable-next-line @typescript-eslint/require-await -- a refusal is a rejection, as with every handler
export const clock: Handlers['clock'] = async (live, { estimate }, { now }) => {
  if (estimate) live.keepClock(estimate);
  return { nowMs: now() };
};

/** A line for the history. */
// eslint-disable-next-line @typescript-eslint/require-await -- as above
export const note: Handlers['note'] = async (live, { detail }) => {
  live.tell(detail);
  return {};
};
