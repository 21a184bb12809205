/**
 * A number as big black and white cells: a strip as wide as the picture and a sixth of its height, two rows of
 * twenty cells. It survives VP8 at 150 kbps and scaling to 320×240. Cells: 4 for sync, 24 for the value (highest bit first),
 * 8 for a CRC, 4 for sync. `readPicture` is also run inside the browser as text, so it must stand alone.
 */
export const stripColumns = 20;
export const stripRows = 2;
/** Values are below this. */
export const codeRange = 2 ** 24;

/** The cells of a value, row after row; 1 is white. Run inside the browser as text as well. */
export function stripCells(value: number): number[] {
  const bits = (number: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => (number >>> (count - 1 - i)) & 1);
  const data = bits(value % 2 ** 24, 24);
  let crc = 0x5a;
  for (const bit of data) crc = ((crc << 1) ^ (((crc >>> 7) ^ bit) & 1 ? 0x07 : 0)) & 0xff;
  return [1, 0, 1, 1, ...data, ...bits(crc, 8), 0, 1, 0, 0];
}

/**
 * Finds the strip in a grey picture (one byte a pixel, `stride` bytes a line) and reads it.
 * @returns the value, or null when there is no strip, or it cannot be read without doubt.
 */
export function readPicture(luma: Uint8Array, width: number, height: number, stride = width): number | null {
  const columns = 20;
  const cellWidth = width / columns;
  const cellHeight = height / 12;
  const mean = (cx: number, cy: number): number => {
    // Only the middle of a cell counts: its edges are blurred by scaling and compression.
    let sum = 0;
    let count = 0;
    for (let y = Math.floor(cy - cellHeight / 5); y <= cy + cellHeight / 5; y += 2)
      for (let x = Math.floor(cx - cellWidth / 5); x <= cx + cellWidth / 5; x += 2) {
        sum += luma[y * stride + x] ?? 0;
        count += 1;
      }
    return sum / count;
  };
  for (let top = 0; top + 2 * cellHeight <= height; top += height / 72) {
    const first = mean(cellWidth / 2, top + cellHeight / 2);
    const second = mean(1.5 * cellWidth, top + cellHeight / 2);
    if (first - second < 50) continue;
    const limit = (first + second) / 2;
    const cells: number[] = [];
    let sure = true;
    for (let i = 0; i < 2 * columns && sure; i += 1) {
      const level = mean(((i % columns) + 0.5) * cellWidth, top + (Math.floor(i / columns) + 0.5) * cellHeight);
      if (Math.abs(level - limit) < 15) sure = false;
      cells.push(level > limit ? 1 : 0);
    }
    if (!sure || cells.slice(0, 4).join('') !== '1011' || cells.slice(36).join('') !== '0100') continue;
    let value = 0;
    let crc = 0x5a;
    for (const bit of cells.slice(4, 28)) {
      value = value * 2 + bit;
      crc = ((crc << 1) ^ (((crc >>> 7) ^ bit) & 1 ? 0x07 : 0)) & 0xff;
    }
    let sent = 0;
    for (const bit of cells.slice(28, 36)) sent = sent * 2 + bit;
    if (sent === crc) return value;
  }
  return null;
}
