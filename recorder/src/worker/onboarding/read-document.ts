import sharp from 'sharp';
import { loadTesseract } from '../models/tesseract.js';

/** A card held beside a face has letters of some 12 pixels in a picture of 1280: Tesseract wants 20 and more. Upright pictures are narrower. */
const box = { width: 2_400, height: 3_200 };
/** Of the picture that is shown; no camera's has more. */
const mostPixels = 40_000_000;
/** No document takes so long to read, ms: a student waits, and another worker would begin with it anew (`LookQueue`). */
const timeLimitMs = 25_000;

/**
 * The words in a picture of a document (JPEG), Latin letters. Unlike a screen it is a photograph: nothing in it is turned round or left
 * out as unsure. Loaded anew each time: it is rarely needed, and holds about 100 MB.
 * @throws {VigilError} as `loadTesseract` and `Tesseract.read`.
 */
export async function readDocument(picture: Uint8Array, signal?: AbortSignal): Promise<string> {
  const clear = await sharp(picture, { limitInputPixels: mostPixels }).rotate().greyscale().normalise().resize({ ...box, fit: 'inside' }).png().toBuffer();
  const tesseract = await loadTesseract(timeLimitMs);
  try {
    return (await tesseract.read(clear, { text: true }, signal)).text;
  } finally {
    await tesseract.close();
  }
}
