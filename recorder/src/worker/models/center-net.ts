import { letterbox } from '../media/affine.js';
import { cutOut } from '../media/cut-out.js';
import type { Frame } from '../media/frame.js';
import { distinct, regionOf, wantedClasses, type DetectedObject, type ObjectSearch } from './coco.js';
import { floatsOf, runModel, type Model } from './load.js';

const inputSize = 512;
/** Numbers of each object in the answer: left, top, right, bottom, score, class. */
const rowLength = 6;

/** What CenterNet sees in a frame, or in a region of it, best first: slower than NanoDet, and trained apart from it. */
export async function detectWithCenterNet(model: Model, frame: Frame, search: ObjectSearch): Promise<DetectedObject[]> {
  const { affine, scale, left, top } = letterbox(regionOf(frame, search), inputSize);
  const input = cutOut(frame, inputSize, affine, { scale: 1, offset: 0, fill: 127 });
  const answer = await runModel(model, input, [1, inputSize, inputSize, 3], ['tower_0/detections']);
  const rows = floatsOf(answer['tower_0/detections']);
  const wanted = wantedClasses(search);
  const objects: DetectedObject[] = [];
  for (let start = 0; start < rows.length; start += rowLength) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, score = 0, number = -1] = rows.subarray(start, start + rowLength);
    const label = wanted.find((each) => each.number === number)?.label;
    if (score <= search.minimum || !label) continue;
    const box = { x: x0 * scale + left, y: y0 * scale + top, width: (x1 - x0) * scale, height: (y1 - y0) * scale };
    objects.push({ label, score, box });
  }
  return distinct(objects);
}
