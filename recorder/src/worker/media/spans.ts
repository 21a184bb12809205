import type { FindingKind } from '@vigil/protocol';
import type { Sighting } from '../detectors/detector.js';
import type { Frame } from './frame.js';

/** A stretch of a segment in which a detector saw one thing in every frame; ms from the file's time zero. */
export interface Span {
  kind: FindingKind;
  startMs: number;
  endMs: number;
  /** Mean score, 0 to 1, weighted by how long each frame was shown. */
  confidence: number;
  /** The frame with the highest score. */
  frame: Frame;
}

export interface SpanRules {
  /** A frame stands for the time until the next one, but for no longer than this, ms. */
  holdMs: number;
  /** End of the segment, ms; if not known, the last frame's time. */
  endMs?: number | undefined;
  /** Stretches that are not in the record, ms: no frame stands for them. */
  gaps?: readonly { startMs: number; endMs: number }[];
}

/** Joins what one detector saw in consecutive frames to spans. */
export class SpanBuilder {
  readonly #rules: SpanRules;
  readonly #spans: (Span & { best: number; weight: number })[] = [];
  #last: { frame: Frame; sightings: readonly Sighting[] } | undefined;

  constructor(rules: SpanRules) {
    this.#rules = rules;
  }

  add(frame: Frame, sightings: readonly Sighting[]): void {
    this.#settle(frame.timeMs);
    this.#last = { frame, sightings };
  }

  /** The spans, in order of their begin. Call it once, after the last frame. */
  end(): Span[] {
    if (this.#last) this.#settle(this.#rules.endMs ?? this.#last.frame.timeMs);
    return this.#spans
      .filter(({ startMs, endMs }) => endMs > startMs)
      .map(({ kind, startMs, endMs, confidence, frame }) => ({ kind, startMs, endMs, confidence, frame }));
  }

  /** Now that it is known how long the last frame was shown, its sightings count. */
  #settle(nextMs: number): void {
    if (!this.#last) return;
    const { frame, sightings } = this.#last;
    const startMs = frame.timeMs;
    const gap = this.#rules.gaps?.find((each) => each.endMs > startMs && each.startMs < nextMs);
    const endMs = Math.max(startMs, Math.min(nextMs, startMs + this.#rules.holdMs, gap?.startMs ?? Infinity));
    for (const { kind, score } of sightings) {
      const open = this.#spans.findLast((span) => span.kind === kind);
      const weight = Math.max(1, endMs - startMs);
      if (open && open.endMs === startMs) {
        open.endMs = endMs;
        open.confidence = (open.confidence * open.weight + score * weight) / (open.weight + weight);
        open.weight += weight;
        if (score > open.best) Object.assign(open, { best: score, frame });
      } else this.#spans.push({ kind, startMs, endMs, confidence: score, frame, best: score, weight });
    }
  }
}
