import type { Gap, GapCause, Source } from '@vigil/protocol';

/** Gaps of one source and cause that are this near to each other are noted as one; one that just began waits for the next segment. */
const JOIN_MS = 250;

/** What is missing from a track and not yet noted in a sidecar. Times are server wall clock, ms. */
export class GapLedger {
  private readonly open = new Map<Source, Omit<Gap, 'endMs'>>();
  private ended: Gap[] = [];

  /** From `startMs` on the source is missing. A gap that goes on with another cause is two gaps. */
  begin(source: Source, cause: GapCause, startMs: number): void {
    const before = this.open.get(source);
    if (before?.cause === cause) return;
    if (before) this.end(source, startMs);
    this.open.set(source, { source, cause, startMs });
  }

  /** The source is there again. */
  end(source: Source, endMs: number): void {
    const gap = this.open.get(source);
    if (!gap || endMs <= gap.startMs) return; // nothing open, or a frame from before it
    this.open.delete(source);
    this.add({ ...gap, endMs });
  }

  causeOf(source: Source): GapCause | undefined {
    return this.open.get(source)?.cause;
  }

  add(gap: Gap): void {
    if (gap.endMs <= gap.startMs) return;
    const last = this.ended.findLast(({ source }) => source === gap.source);
    if (last?.cause === gap.cause && gap.startMs - last.endMs <= JOIN_MS) last.endMs = Math.max(last.endMs, gap.endMs);
    else this.ended.push(gap);
  }

  /** Takes out all that lies before `endMs`, in order of time; what crosses it is split. Whole ms. */
  take(endMs: number): Gap[] {
    const taken: Gap[] = [];
    const rest: Gap[] = [];
    for (const gap of this.ended) {
      if (gap.startMs < endMs) taken.push({ ...gap, endMs: Math.min(gap.endMs, endMs) });
      if (gap.endMs > endMs) rest.push({ ...gap, startMs: Math.max(gap.startMs, endMs) });
    }
    this.ended = rest;
    for (const gap of this.open.values())
      if (gap.startMs < endMs - JOIN_MS) {
        taken.push({ ...gap, endMs });
        gap.startMs = endMs;
      }
    return taken
      .map((gap) => ({ ...gap, startMs: Math.round(gap.startMs), endMs: Math.round(gap.endMs) }))
      .sort((a, b) => a.startMs - b.startMs);
  }
}
