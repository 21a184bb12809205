/** One decoded picture: RGB, 3 bytes a pixel, row by row. */
export interface Frame {
  /** Presentation time, ms from the file's time zero. */
  timeMs: number;
  width: number;
  height: number;
  readonly data: Uint8Array;
  /** Brightness of each pixel, where the picture came with it; see `lumaOf`. */
  readonly luma?: Uint8Array;
  /** The same picture in its own size, where a detector reads it. */
  full?: GreyPicture | undefined;
}

/** Brightness of a picture, 1 byte a pixel, row by row. */
export interface GreyPicture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Brightness of each pixel, 0 to 255 (ITU-R BT.601 weights). */
export function lumaOf(frame: Frame): Uint8Array {
  // Colours are not asked for in vain.
  if (frame.luma) return frame.luma;
  const { width, height, data } = frame;
  const luma = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < luma.length; pixel++, at += 3)
    luma[pixel] = ((data[at] ?? 0) * 77 + (data[at + 1] ?? 0) * 150 + (data[at + 2] ?? 0) * 29) >> 8;
  return luma;
}

/** Mean brightness of a picture and its standard deviation, 0 to 255. Every second pixel of every second row is enough, or every fourth of a large one. */
export function brightnessOf(frame: Frame): { mean: number; deviation: number } {
  const { width, height } = frame;
  const luma = lumaOf(frame);
  const step = Math.max(2, Math.round(width / 160));
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < height; row += step)
    for (let at = row * width; at < (row + 1) * width; at += step) {
      const value = luma[at] ?? 0;
      count++;
      sum += value;
      squares += value * value;
    }
  const mean = count ? sum / count : 0;
  return { mean, deviation: count ? Math.sqrt(Math.max(0, squares / count - mean * mean)) : 0 };
}
