import type { Box } from './clip-plan.js';

/** What is burnt into a clip beside the recordings. */
export interface ClipWords {
  student: string;
  exam: string;
  /** The day of the clip, in words. */
  day: string;
}

/** A canvas as the grey bytes that ffmpeg reads: with the browser's fonts every name can be written, and none is shipped. */
function greyOf(box: Box, draw: (context: OffscreenCanvasRenderingContext2D) => void): Uint8Array<ArrayBuffer> {
  const context = new OffscreenCanvas(box.width, box.height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  context.fillStyle = '#000';
  context.fillRect(0, 0, box.width, box.height);
  context.fillStyle = '#fff';
  draw(context);
  const { data } = context.getImageData(0, 0, box.width, box.height);
  const grey = new Uint8Array(box.width * box.height);
  for (let i = 0; i < grey.length; i++) grey[i] = data[i * 4] ?? 0;
  return grey;
}

const family = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

/** Words in lines of a width, cut after so many; a word that is too long is broken. */
export function linesOf(text: string, widthOf: (text: string) => number, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && widthOf(`${line} ${word}`) > width) {
      lines.push(line);
      line = '';
    } else if (line) line += ' ';
    for (const sign of word) {
      if (line && widthOf(line + sign) > width) {
        lines.push(line);
        line = '';
      }
      line += sign;
    }
  }
  if (line) lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1]?.slice(0, -1) ?? ''}…`];
}

/** Whose attempt it is. */
export const panelPicture = (box: Box, { student, exam, day }: ClipWords): Uint8Array<ArrayBuffer> =>
  greyOf(box, (context) => {
    let y = 20;
    const write = (text: string, size: number, weight: number, colour: string, most: number): void => {
      context.font = `${weight} ${size}px ${family}`;
      context.fillStyle = colour;
      for (const line of linesOf(text, (part) => context.measureText(part).width, box.width - 40, most)) {
        y += size * 1.25;
        context.fillText(line, 20, y);
      }
      y += 12;
    };
    write(student, 28, 700, '#fff', 3);
    write(exam, 20, 400, '#ccc', 3);
    write(day, 20, 400, '#ccc', 2);
  });

/** The time of day, one picture a second. @param fromMs a full second, ms since 1970 */
export function clockPictures(box: Box, fromMs: number, count: number): Uint8Array<ArrayBuffer> {
  const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
  const size = box.width * box.height;
  const all = new Uint8Array(size * count);
  for (let i = 0; i < count; i++) {
    const text = time.format(fromMs + i * 1_000);
    const drawn = greyOf(box, (context) => {
      context.font = `700 ${text.length > 9 ? 44 : 56}px ${family}`;
      context.fillText(text, 20, box.height / 2 + 20, box.width - 40);
    });
    all.set(drawn, i * size);
  }
  return all;
}

/** What a pane shows where nothing is recorded. */
export const missingPicture = (box: Box): Uint8Array<ArrayBuffer> =>
  greyOf(box, (context) => {
    context.font = `600 ${box.width > 640 ? 48 : 28}px ${family}`;
    context.textAlign = 'center';
    context.fillText('not recorded', box.width / 2, box.height / 2);
  });
