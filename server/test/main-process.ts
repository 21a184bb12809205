import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The built entry of the server's process. */
export const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const Ready = z.object({
  type: z.literal('ready'),
  url: z.string(),
  data: z.string(),
  studentLink: z.string(),
  instructor: z.object({ url: z.string(), email: z.string(), password: z.string() }),
});

/** What the server's process says when it is ready. */
export type Ready = z.infer<typeof Ready>;

/** A server's process, as the supervisor has it. */
export interface MainProcess {
  child: ChildProcess;
  /** Its exit code; null after a signal. */
  exit: Promise<number | null>;
  ready: Promise<Ready>;
  /** What it said to whoever started it. */
  said: () => string;
  /** What it logged. */
  logged: () => string;
  /** Resolves when it has said this. */
  says: (part: string) => Promise<void>;
}

/** Starts the server's process as the supervisor does. The test ends it. */
export function startMain(environment: Record<string, string>): MainProcess {
  const env = { ...process.env, VIGIL_PORT: '0', VIGIL_MEDIA_PORT: '0', ...environment };
  const child = fork(entry, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  let logged = '';
  const waiting: { part: string; found: () => void }[] = [];
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    for (const { part, found } of waiting) if (said.includes(part)) found();
  });
  child.stdout?.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const ready = Promise.race([
    once(child, 'message').then(([message]) => Ready.parse(message)),
    exit.then((code): never => {
      throw new Error(`ended with ${code}: ${said}`);
    }),
  ]);
  // Not every test waits for it.
  ready.catch(() => undefined);
  return {
    child,
    exit,
    ready,
    said: () => said,
    logged: () => logged,
    says: (part) =>
      new Promise<void>((found) => {
        waiting.push({ part, found });
        if (said.includes(part)) found();
      }),
  };
}
