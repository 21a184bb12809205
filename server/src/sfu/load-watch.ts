import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from 'pino';

const periodMs = 5_000;
/** A loop that blocks lets the worker queue without bound. */
const loopLimitMs = 200;
const rssLimitBytes = 1_000_000_000;

/**
 * Watches the delay of this process's event loop and the memory of the media worker, and warns above their limits.
 * @returns what stops it.
 */
export function watchLoad(workerPid: () => number | undefined, logger: Logger): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const timer = setInterval(() => {
    // The histogram holds the whole interval between two ticks, in nanoseconds.
    const p99Ms = delay.percentile(99) / 1e6 - 20;
    delay.reset();
    if (p99Ms > loopLimitMs) logger.warn({ p99Ms: Math.round(p99Ms) }, 'event loop is late: too many students for this process');
    void residentBytes(workerPid()).then((bytes) => {
      if (bytes > rssLimitBytes) logger.warn({ megabytes: Math.round(bytes / 1e6) }, 'media worker uses much memory');
    });
  }, periodMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}

/** Resident memory of a process, bytes; 0 where it cannot be read. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}
