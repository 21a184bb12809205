import sharp from 'sharp';
import { loadDetectors } from '@vigil/recorder/worker';

/** Still points around the face, so that nothing behind it moves: as many, so far out in half face widths. */
const ring = { points: 40, wide: 1.9, high: 2.1 };
/** Of the mesh's points each fourth is enough for a smooth picture. */
const every = 4;

/**
 * A photograph in which the head is turned: the face's mesh is turned around the head's upright axis, and the picture drawn after it
 * (Shepard 1968). A likeness, no camera's truth: what faces the other side is stretched.
 * @param photo JPEG with one face. @param degrees above 0: the nose goes to the picture's right.
 * @returns JPEG
 */
export async function turnFace(photo: string | Buffer, degrees: number): Promise<Buffer> {
  const { data, info } = await sharp(photo).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const { findFaces } = await loadDetectors();
  const face = (await findFaces({ timeMs: 0, width, height, data })).sure[0];
  if (!face) throw new Error('no face is seen in the photograph');
  const { box } = face.box;
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const turn = (degrees * Math.PI) / 180;
  const { points } = face.mesh;
  // The axis is inside the head, half a face behind its front.
  const axis = box.width * 0.45;
  const turned = Array.from({ length: points.length / 3 }, (_, at) => {
    const [x, y, z] = [points[at * 3] ?? 0, points[at * 3 + 1] ?? 0, points[at * 3 + 2] ?? 0];
    const to = cx + (x - cx) * Math.cos(turn) + (axis - z) * Math.sin(turn);
    return { x: to, y, dx: x - to, z: (z - axis) * Math.cos(turn) + (x - cx) * Math.sin(turn) };
  });
  const near = box.width * 0.05;
  // What is behind something else is not seen.
  const moves = turned.filter((one, at) => at % every === 0 && !turned.some((other) => Math.abs(other.x - one.x) < near && Math.abs(other.y - one.y) < near && other.z < one.z - 2 * near));
  for (let at = 0; at < ring.points; at++) {
    const angle = (at / ring.points) * 2 * Math.PI;
    moves.push({ x: cx + (Math.cos(angle) * ring.wide * box.width) / 2, y: cy + (Math.sin(angle) * ring.high * box.height) / 2, dx: 0, z: 0 });
  }
  const out = Buffer.from(data);
  for (let y = Math.max(0, Math.floor(cy - (ring.high * box.height) / 2)); y < Math.min(height, cy + (ring.high * box.height) / 2); y++)
    for (let x = Math.max(0, Math.floor(cx - (ring.wide * box.width) / 2)); x < Math.min(width, cx + (ring.wide * box.width) / 2); x++) {
      if (((x - cx) / (ring.wide * box.width)) ** 2 + ((y - cy) / (ring.high * box.height)) ** 2 > 0.25) continue;
      let weights = 0;
      let dx = 0;
      for (const move of moves) {
        const weight = 1 / ((move.x - x) ** 2 + (move.y - y) ** 2 + 1) ** 2;
        weights += weight;
        dx += move.dx * weight;
      }
      const from = Math.max(0, Math.min(width - 2, x + dx / weights));
      const left = Math.floor(from);
      for (let channel = 0; channel < 3; channel++) {
        const a = data[(y * width + left) * 3 + channel] ?? 0;
        const b = data[(y * width + left + 1) * 3 + channel] ?? 0;
        out[(y * width + x) * 3 + channel] = a + (b - a) * (from - left);
      }
    }
  return sharp(out, { raw: { width, height, channels: 3 } }).jpeg({ quality: 90 }).toBuffer();
}
