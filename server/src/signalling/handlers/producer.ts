import { sourcesOf, VigilError } from '@vigil/protocol';
import type { Handlers } from '../handlers.js';

/** Takes a source that the exam's rules ask for; once the recording began, it is recorded at once. */
export const produce: Handlers['produce'] = async (live, { source, kind, rtpParameters, surface }) => {
  const room = live.requireRoom();
  if (source === 'probe') {
    if (live.recording) throw new VigilError('wrongState', 'The uplink is measured before the exam.');
  } else if (!sourcesOf(live.rules).includes(source)) {
    throw new VigilError('notAllowed', `This exam does not record the ${source}.`);
  }
  // Firefox and Safari do not say what is shared: a person sees that in the history, and the recording.
  const untold = source === 'screen' && (surface ?? 'unknown') === 'unknown';
  if (source === 'screen' && live.rules.screen === 'monitor' && surface !== 'monitor' && !untold)
    throw new VigilError('wrongSurface');

  const former = room.producerOf(source);
  if (former !== undefined) {
    if (source !== 'probe') live.recording?.remove(source, 'not-published');
    room.closeProducer(former);
  }
  const producerId = await room.produce(source, kind, rtpParameters);
  if (untold) live.note({ kind: 'checked', source, detail: 'The browser does not say whether the whole screen is shared.' });
  if (source !== 'probe') await live.recording?.add(source, producerId);
  return { producerId };
};

/** A source ended: its gap is noted as `not-published`. */
// eslint-disable-next-line @typescript-eslint/require-await -- a refusal is a rejection, as with every handler
export const closeProducer: Handlers['closeProducer'] = async (live, { producerId }) => {
  const room = live.requireRoom();
  const source = room.sourceOf(producerId);
  if (source !== 'probe') live.recording?.remove(source, 'not-published');
  room.closeProducer(producerId);
  return {};
};

/** A source was muted or unmuted at the student's end. */
// eslint-disable-next-line @typescript-eslint/require-await -- as above
export const setMuted: Handlers['setMuted'] = async (live, { producerId, muted, cause = 'muted' }) => {
  const room = live.requireRoom();
  const why = muted ? cause : undefined;
  room.setMuted(producerId, why);
  const source = room.sourceOf(producerId);
  if (source !== 'probe') live.recording?.setMuted(source, why);
  return {};
};
