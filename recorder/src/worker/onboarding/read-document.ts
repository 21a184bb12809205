import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { createWorker, OEM, PSM } from 'tesseract.js';

const languages = join(dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')), '4.0.0_best_int');
/** A card held beside a face has letters of some 12 pixels in a picture of 1280: Tesseract wants 20 and more. */
const widthPixels = 2_400;

/** The words in a picture of a document (JPEG), Latin letters. Unlike a screen it is a photograph: nothing in it is turned round or left out as unsure. Loaded anew each time: it is rarely needed, and holds about 100 MB. */
export async function readDocument(picture: Uint8Array): Promise<string> {
  const clear = await sharp(picture).rotate().greyscale().normalise().resize({ width: widthPixels }).png().toBuffer();
  const reader = await createWorker('eng', OEM.LSTM_ONLY, { langPath: languages, cacheMethod: 'none', errorHandler: () => undefined });
  try {
    await reader.setParameters({ tessedit_pageseg_mode: PSM.SPARSE_TEXT });
    return (await reader.recognize(clear)).data.text;
  } finally {
    await reader.terminate();
  }
}
