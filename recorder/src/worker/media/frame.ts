/** One decoded picture: RGB, 3 bytes a pixel, row by row. */
export interface Frame {
  /** Presentation time, ms from the file's time zero. */
  timeMs: number;
  width: number;
  height: number;
  data: Uint8Array;
  /** The same picture in its own size, where a detector reads it. */
  full?: GreyPicture | undefined;
}

/** Brightness of a picture, 1 byte a pixel, row by row. */
export interface GreyPicture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Brightness of the pixel whose bytes begin there, 0 to 255 (ITU-R BT.601 weights). */
export const lumaAt = (data: Uint8Array, at: number): number => ((data[at] ?? 0) * 77 + (data[at + 1] ?? 0) * 150 + (data[at + 2] ?? 0) * 29) >> 8;

/** Brightness of each pixel, 0 to 255. */
export function lumaOf({ width, height, data }: Frame): Uint8Array {
  const luma = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < luma.length; pixel++, at += 3) luma[pixel] = lumaAt(data, at);
  return luma;
}

/** Mean brightness of a frame and its standard deviation, 0 to 255. Every second pixel of every second row is enough. */
export function brightnessOf({ width, height, data }: Frame): { mean: number; deviation: number } {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < height; row += 2)
    for (let column = 0; column < width; column += 2) {
      const at = (row * width + column) * 3;
      const luma = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
      count++;
      sum += luma;
      squares += luma * luma;
    }
  const mean = count ? sum / count : 0;
  return { mean, deviation: count ? Math.sqrt(Math.max(0, squares / count - mean * mean)) : 0 };
}
