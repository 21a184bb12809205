import { extendSequence } from './rtp.js';

/** How long a missing packet is waited for: a repair by NACK comes up to about 1 s late. */
export const REORDER_WAIT_MS = 1_700;
/** Most packets that wait behind a hole. More than this at once is a sender that started over. */
const MAX_WAITING = 2_048;

/**
 * Puts packets in order of their sequence numbers. A packet in order goes straight through; one behind a hole
 * waits. Time comes in with each packet and with `expire`.
 */
export class ReorderBuffer {
  private next = -1;
  private readonly waiting = new Map<number, { packet: Buffer; arrivedMs: number }>();
  /** When the first of those that wait arrived. */
  private holeSinceMs = Infinity;

  /** @param deliver gets packets in order; `lost`: packets before this one are missing and no longer waited for. */
  constructor(private readonly deliver: (packet: Buffer, arrivedMs: number, lost: boolean) => void) {}

  push(packet: Buffer, sequence: number, nowMs: number): void {
    if (this.next < 0) this.next = sequence + 0x1_0000;
    const extended = extendSequence(this.next, sequence);
    if (extended === this.next) {
      this.next++;
      this.deliver(packet, nowMs, false);
      if (this.waiting.has(this.next)) this.deliverWaiting();
    } else if (extended - this.next > MAX_WAITING) {
      this.flush();
      this.next = extended + 1;
      this.deliver(packet, nowMs, true);
    } else if (extended > this.next) {
      if (this.waiting.has(extended)) return;
      this.waiting.set(extended, { packet, arrivedMs: nowMs });
      if (this.holeSinceMs === Infinity) this.holeSinceMs = nowMs;
    }
    if (this.holeSinceMs !== Infinity) this.expire(nowMs);
  }

  /** Gives up holes older than the wait. */
  expire(nowMs: number): void {
    while (nowMs - this.holeSinceMs >= REORDER_WAIT_MS) this.skipHole();
  }

  /** Delivers all that waits; what is missing is lost. */
  flush(): void {
    while (this.waiting.size > 0) this.skipHole();
  }

  private skipHole(): void {
    this.next = Math.min(...this.waiting.keys());
    this.deliverWaiting(true);
  }

  private deliverWaiting(lost = false): void {
    for (let entry = this.take(); entry; entry = this.take()) {
      this.deliver(entry.packet, entry.arrivedMs, lost);
      lost = false;
    }
    this.holeSinceMs = Infinity;
    for (const { arrivedMs } of this.waiting.values())
      this.holeSinceMs = Math.min(this.holeSinceMs, arrivedMs);
  }

  private take(): { packet: Buffer; arrivedMs: number } | undefined {
    const entry = this.waiting.get(this.next);
    if (entry) this.waiting.delete(this.next++);
    return entry;
  }
}
