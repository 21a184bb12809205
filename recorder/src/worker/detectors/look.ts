import { brightnessOf, lumaOf, type Frame } from '../media/frame.js';
import type { FaceBox } from '../models/blaze-face.js';
import type { FaceMesh } from '../models/face-mesh.js';
import { Pace } from './pace.js';
import { sharpnessOf, type Picture } from './picture.js';
import { signatureOf } from './signature.js';

/** A face that is sure to be one. */
export interface SeenFace {
  box: FaceBox;
  mesh: FaceMesh;
  /** 0 to 1. */
  score: number;
}

export interface SeenFaces {
  /** Best first. */
  sure: readonly SeenFace[];
  /** The best score of what did not count as a face, 0 to 1. */
  nearest: number;
}

/** Finds the faces in a frame. */
export type FaceFinder = (frame: Frame) => Promise<SeenFaces>;

/** One frame and what is seen in it; what several detectors need is worked out once. */
export class Look {
  #picture: Picture | undefined;
  #brightness: ReturnType<typeof brightnessOf> | undefined;
  #luma: Uint8Array | undefined;
  #signature: Float32Array | undefined;
  #faces: Promise<SeenFaces> | undefined;
  #isDue: boolean | undefined;

  constructor(
    readonly frame: Frame,
    private readonly findFaces: FaceFinder,
    /** Ends what takes long. */
    readonly signal?: AbortSignal,
    private readonly pace = new Pace(),
  ) {}

  get timeMs(): number {
    return this.frame.timeMs;
  }

  /** Mean brightness and its standard deviation, 0 to 255. */
  get brightness(): ReturnType<typeof brightnessOf> {
    return (this.#brightness ??= brightnessOf(this.frame));
  }

  /** What the picture is like as a whole, to two digits. */
  get picture(): Picture {
    const { mean, deviation } = this.brightness;
    const rounded = (value: number): number => Math.round(value * 100) / 100;
    return (this.#picture ??= { mean: rounded(mean), deviation: rounded(deviation), sharpness: rounded(sharpnessOf(this.frame, this.luma)) });
  }

  /** Brightness of each pixel. */
  get luma(): Uint8Array {
    return (this.#luma ??= lumaOf(this.frame));
  }

  /** The frame as a small grey picture, see `signatureOf`. */
  get signature(): Float32Array {
    return (this.#signature ??= signatureOf(this.frame));
  }

  /** Whether it is one of the frames that are looked at for faces and things, see `Pace`. */
  get isDue(): boolean {
    return (this.#isDue ??= this.pace.isDue(this));
  }

  /** What was left out since the frame before that was looked at. */
  get leftOut(): Look | undefined {
    return this.isDue ? this.pace.leftOut : undefined;
  }

  /** Something is there of which no second is to be left out for some time. */
  hurry(): void {
    this.pace.hurry(this);
  }

  /** Finding them takes some ms. */
  faces(): Promise<SeenFaces> {
    return (this.#faces ??= this.findFaces(this.frame));
  }
}

/** Says of each time, in order, whether it is the first in its stretch of `ms`. */
export function each(ms: number): (timeMs: number) => boolean {
  let last = -1;
  return (timeMs) => {
    const stretch = Math.floor(timeMs / ms);
    if (stretch === last) return false;
    last = stretch;
    return true;
  };
}
