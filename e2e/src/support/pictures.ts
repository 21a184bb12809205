import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import sharp from 'sharp';

/** Whether pictures for the documentation are asked for. */
export const picturesWanted = process.env['VIGIL_PICTURES'] === '1';
/** Where the documentation is. */
export const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
/** A picture weighs at most this much, bytes: who clones the project gets them all. */
export const mostPictureBytes = 150_000;

/**
 * Writes a picture of the window for the documentation, when VIGIL_PICTURES=1 asks for it.
 * @throws {Error} when it weighs too much even with few colours.
 */
export async function picture(page: Page, name: string): Promise<void> {
  if (!picturesWanted) return;
  const shot = await page.screenshot();
  for (const colours of [256, 64]) {
    const png = await sharp(shot).png({ palette: true, colours, compressionLevel: 9, effort: 8 }).toBuffer();
    if (png.length > mostPictureBytes) continue;
    await writeFile(`${docs}pictures/${name}.png`, png);
    return;
  }
  throw new Error(`the picture ${name} weighs more than ${mostPictureBytes} bytes`);
}
