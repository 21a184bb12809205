import type { Frame, GreyPicture } from './frame.js';

/** A codec's brightness, 16 to 235, as 0 to 255. */
const fullRange = Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value - 16) * 255) / 219);

/** A decoded picture as its codec has it: brightness for each pixel, and colour, if any, for each square of four. RGB is made where it is asked for. */
class DecodedFrame implements Frame {
  readonly timeMs: number;
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
  readonly full: GreyPicture | undefined;
  readonly #colour: Uint8Array | undefined;
  #data: Uint8Array | undefined;

  constructor({ timeMs, width, height, luma, colour, full }: Pick<Frame, 'timeMs' | 'width' | 'height' | 'full'> & { luma: Uint8Array; colour?: Uint8Array }) {
    [this.timeMs, this.width, this.height, this.luma, this.#colour, this.full] = [timeMs, width, height, luma, colour, full];
  }

  get data(): Uint8Array {
    return (this.#data ??= this.#colour ? rgbOf(this, this.#colour) : rgbOfGrey(this.luma));
  }
}

/** Bytes of a picture in `yuvFrame`. */
export const yuvBytes = ({ width, height }: Pick<Frame, 'width' | 'height'>): number => (width * height * 3) / 2;

/** A picture in planes, ITU-R BT.601, 16 to 235, even in width and height: brightness, then the colours of each 2×2 pixels (ffmpeg's yuv420p). The bytes become the frame's own. */
export function yuvFrame(timeMs: number, { width, height }: Pick<Frame, 'width' | 'height'>, planes: Uint8Array): Frame {
  const luma = planes.subarray(0, width * height);
  for (let at = 0; at < luma.length; at++) luma[at] = fullRange[luma[at] ?? 0] ?? 0;
  return new DecodedFrame({ timeMs, width, height, luma, colour: planes.subarray(width * height) });
}

/** A grey picture, with the same one in its full size. */
export const greyFrame = (timeMs: number, { width, height, data }: GreyPicture, full?: GreyPicture): Frame =>
  new DecodedFrame({ timeMs, width, height, luma: data, full });

function rgbOf({ width, height, luma }: DecodedFrame, colour: Uint8Array): Uint8Array {
  // It keeps what it is given between 0 and 255.
  const rgb = new Uint8ClampedArray(width * height * 3);
  const plane = (width * height) / 4;
  for (let row = 0, pixel = 0, at = 0; row < height; row++)
    for (let column = 0, from = (row >> 1) * (width >> 1); column < width; column += 2, from++) {
      const blueness = (colour[from] ?? 0) - 128;
      const redness = (colour[plane + from] ?? 0) - 128;
      // In 256ths, and half a step for rounding.
      const red = 409 * redness + 128;
      const green = 128 - 100 * blueness - 208 * redness;
      const blue = 516 * blueness + 128;
      const left = (luma[pixel++] ?? 0) << 8;
      const right = (luma[pixel++] ?? 0) << 8;
      rgb[at++] = (left + red) >> 8;
      rgb[at++] = (left + green) >> 8;
      rgb[at++] = (left + blue) >> 8;
      rgb[at++] = (right + red) >> 8;
      rgb[at++] = (right + green) >> 8;
      rgb[at++] = (right + blue) >> 8;
    }
  return new Uint8Array(rgb.buffer);
}

function rgbOfGrey(luma: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(luma.length * 3);
  for (let pixel = 0, at = 0; pixel < luma.length; pixel++, at += 3) rgb.fill(luma[pixel] ?? 0, at, at + 3);
  return rgb;
}
