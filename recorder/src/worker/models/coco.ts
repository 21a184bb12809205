import { withoutOverlaps, type Box } from '../media/box.js';
import type { Frame } from '../media/frame.js';

/** What the object detectors know, in the order of their answers: the 80 classes of COCO. */
export const cocoLabels = [
  ...['person', 'bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat', 'traffic light'],
  ...['fire hydrant', 'stop sign', 'parking meter', 'bench', 'bird', 'cat', 'dog', 'horse', 'sheep', 'cow'],
  ...['elephant', 'bear', 'zebra', 'giraffe', 'backpack', 'umbrella', 'handbag', 'tie', 'suitcase', 'frisbee'],
  ...['skis', 'snowboard', 'sports ball', 'kite', 'baseball bat', 'baseball glove', 'skateboard', 'surfboard'],
  ...['tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl', 'banana', 'apple'],
  ...['sandwich', 'orange', 'broccoli', 'carrot', 'hot dog', 'pizza', 'donut', 'cake', 'chair', 'couch'],
  ...['potted plant', 'bed', 'dining table', 'toilet', 'tv', 'laptop', 'mouse', 'remote', 'keyboard', 'cell phone'],
  ...['microwave', 'oven', 'toaster', 'sink', 'refrigerator', 'book', 'clock', 'vase', 'scissors', 'teddy bear'],
  ...['hair drier', 'toothbrush'],
] as const;

/** Name of a class of COCO. */
export type CocoLabel = (typeof cocoLabels)[number];

/** Something that a detector sees in a frame. */
export interface DetectedObject {
  label: CocoLabel;
  /** 0 to 1. */
  score: number;
  /** In the frame's pixels; it may reach beyond the frame. */
  box: Box;
}

/** What is looked for. */
export interface ObjectSearch {
  /** Only what has a higher score, 0 to 1. */
  minimum: number;
  /** Only these; everything if left out. */
  classes?: readonly CocoLabel[];
  /** Where in the frame: the smallest square around it is looked at, with what else is there. The whole frame if left out. */
  region?: Box;
}

/** The classes that are looked for, each with its number. */
export const wantedClasses = ({ classes }: ObjectSearch): { number: number; label: CocoLabel }[] =>
  cocoLabels.map((label, number) => ({ number, label })).filter(({ label }) => classes?.includes(label) ?? true);

/** The rectangle of the frame that is looked at. */
export const regionOf = ({ width, height }: Frame, { region }: ObjectSearch): Box => region ?? { x: 0, y: 0, width, height };

/** How much two boxes with one label may overlap before they show the same object. */
const overlapLimit = 0.5;

/** Keeps one of the boxes around each object, the best first. */
export const distinct = (objects: readonly DetectedObject[]): DetectedObject[] => withoutOverlaps(objects, overlapLimit);
