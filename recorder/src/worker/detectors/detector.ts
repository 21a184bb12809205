import type { DetectorStamp, FindingKind, Track } from '@vigil/protocol';
import type { Frame } from '../media/frame.js';

/** Something a detector saw in one frame. */
export interface Sighting {
  kind: FindingKind;
  /** 0 to 1. */
  score: number;
}

/** Looks at a track's frames, in order of time. */
export interface FrameDetector {
  readonly stamp: DetectorStamp;
  readonly track: Track;
  /** Begins a segment: the function it gives is called for each frame, and answers what is in it. */
  readonly begin: () => (frame: Frame) => Sighting[] | Promise<Sighting[]>;
}

/** Something heard; ms from the file's time zero. */
export interface SoundSpan {
  kind: FindingKind;
  startMs: number;
  endMs: number;
  /** 0 to 1. */
  confidence: number;
}

/** Hears a segment's sound: mono, 16 kHz, −1 to 1. */
export interface SoundDetector {
  readonly stamp: DetectorStamp;
  readonly hear: (samples: Float32Array) => Promise<SoundSpan[]>;
}
