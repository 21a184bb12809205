import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { VigilError } from '@vigil/protocol';

/** How long one ffmpeg may take, ms. A segment of 60 s takes about 2 s; it also waits for whoever reads words in its pictures. */
const timeLimitMs = 600_000;
/** Larger pictures are refused: they would only fill the memory. */
const pixelLimit = 3840 * 2400;

/** Address space of one ffmpeg, KiB: five times what the largest picture needs. */
const memoryLimitKib = 2 * 1024 * 1024;
/** The shell's exit code for a program that is not there (POSIX, 2.8.2). */
const notFound = 127;

/**
 * A command whose process gets no more memory than a decoder needs, whatever the file says. The shell turns into the program,
 * so that its process id is the program's.
 */
export const limited = (program: string, commandArguments: readonly string[]): [command: string, commandArguments: string[]] => [
  '/bin/sh',
  ['-c', 'ulimit -v "$0" 2>/dev/null; exec "$@"', String(memoryLimitKib), program, ...commandArguments],
];

/** Arguments for an input that comes from outside: only a WebM file, nothing that it points to, one thread. */
export const inputArguments = (file: string): string[] => [
  ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
  ...['-protocol_whitelist', 'file,pipe', '-f', 'matroska', '-copyts', '-threads', '1', '-max_pixels', String(pixelLimit)],
  ...['-i', `file:${file}`],
];

/** A running ffmpeg whose outputs are the pipes 3, 4, … */
export interface FfmpegRun {
  outputs: readonly Readable[];
  /**
   * Resolves when it has ended well.
   * @throws {VigilError} `badInput` it could not read the file, or took too long; `internal` it could not be started.
   */
  ended: Promise<void>;
  kill: () => void;
}

/** Starts ffmpeg with `outputs` pipes. */
export function startFfmpeg(commandArguments: readonly string[], outputs: number, signal?: AbortSignal): FfmpegRun {
  signal?.throwIfAborted();
  // A group of its own: Ctrl-C in a terminal is the worker's to handle. When the worker is gone, the broken pipe ends it.
  const child: ChildProcess = spawn(...limited('ffmpeg', commandArguments), {
    stdio: ['ignore', 'ignore', 'pipe', ...Array.from({ length: outputs }, () => 'pipe' as const)],
    detached: true,
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeLimitMs);
  signal?.addEventListener('abort', kill, { once: true });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 2_000);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) => reject(new VigilError('internal', missingFfmpeg, { cause })));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else if (code === notFound) reject(new VigilError('internal', missingFfmpeg));
      else if (late) reject(new VigilError('badInput', `Decoding took longer than ${timeLimitMs / 1_000} s.`));
      else reject(new VigilError('badInput', `ffmpeg could not decode the file: ${firstLine(complaint)}`));
    });
  }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  });
  // Whoever reads the pipes learns of the failure there first; it is not unhandled meanwhile.
  ended.catch(() => undefined);
  return { outputs: child.stdio.slice(3) as Readable[], ended, kill };
}

export const missingFfmpeg = 'ffmpeg cannot be started. Install it (apt-get install ffmpeg) and start the worker again.';

/** ffmpeg's first complaint, without the file's path. */
const firstLine = (text: string): string =>
  (text.trim().split('\n')[0] ?? '').replaceAll(/(file:)?\/\S+?(?=:|\s|$)/g, 'the file').slice(0, 300) || 'no reason given';

/** @throws {VigilError} `internal`: ffmpeg cannot be started. */
export async function requireFfmpeg(): Promise<void> {
  await startFfmpeg(['-version'], 0).ended;
}
