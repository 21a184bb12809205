import sharp, { type SharpOptions } from 'sharp';
import type { Frame } from './frame.js';

/** As large as a webcam's frames are looked at. */
const box = { width: 640, height: 480 };

/** A picture as a frame, upright, and no larger than is needed. @throws what sharp throws of a picture that it cannot read. */
export async function frameOfPicture(picture: Uint8Array, options: SharpOptions = {}): Promise<Frame> {
  const { data, info } = await sharp(picture, options)
    .rotate()
    .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { timeMs: 0, width: info.width, height: info.height, data };
}
