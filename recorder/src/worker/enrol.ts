import { VigilError } from '@vigil/protocol';
import type { Detectors } from './detectors/all.js';
import { isClear } from './detectors/identity.js';
import { frameOfPicture } from './media/picture-frame.js';

/**
 * The descriptor of the one face in a picture (JPEG or PNG), for a baseline.
 * @throws {VigilError} `badInput` there is not just one face, or it is not seen well enough.
 */
export async function describeFace(picture: Uint8Array, { findFaces, describe }: Detectors): Promise<Float32Array> {
  const frame = await frameOfPicture(picture).catch((cause: unknown) => {
    throw new VigilError('badInput', 'The picture cannot be read.', { cause });
  });
  const [face, ...others] = (await findFaces(frame)).sure;
  if (!face) throw new VigilError('badInput', 'No face is seen in the picture.');
  if (others.length) throw new VigilError('badInput', 'More than one face is seen in the picture.');
  if (!isClear(face)) throw new VigilError('badInput', 'The face is too small or turned away.');
  return describe(frame, face);
}
