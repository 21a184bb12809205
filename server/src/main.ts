import { ConfigError, readConfig } from '@vigil/protocol';
import pino from 'pino';
import { z } from 'zod';
import type { Role, RunningServer } from './start/server.js';
import { startServer } from './start/server.js';
import { StartError } from './start/start-error.js';

/**
 * The server's process. The supervisor says by VIGIL_ROLE (`api`, `media`; else everything) and VIGIL_MEDIA_INDEX which part,
 * hears `ready` over IPC, and ends it with SIGTERM or by going away.
 */

/** Starting again would not help: the supervisor then stops, unless this was ready before. */
const hopeless = 2;
const shutdownMs = 10_000;

const RoleSettings = z.object({
  VIGIL_ROLE: z.enum(['', 'api', 'media']).default(''),
  VIGIL_MEDIA_INDEX: z.coerce.number().int().min(0).max(63).default(0),
});

function readRole(): Role {
  const { VIGIL_ROLE: kind, VIGIL_MEDIA_INDEX: index } = RoleSettings.parse(process.env);
  return kind === 'media' ? { kind, index } : { kind: kind || 'all' };
}

// What is recorded is for this account alone, on a machine that others use as well.
process.umask(0o077);

const stopping = new AbortController();
let server: RunningServer | undefined;

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  // A write that hangs must not keep the process; files that stay open are repaired at the next start.
  setTimeout(() => process.exit(1), shutdownMs).unref();
  // While it is starting the signal ends that: it closes what is open, and throws.
  if (!server) return;
  await server.close();
  process.exit(0);
}

for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => void stop());

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: config.VIGIL_LOG });
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'));
  server = await startServer({
    config,
    role: readRole(),
    tell: (sentence) => console.error(sentence),
    log,
    now: Date.now,
    signal: stopping.signal,
  });
  const { url, data, demo } = server;
  process.send?.({
    type: 'ready',
    url,
    data,
    ...(demo && { studentLink: demo.studentLink, newLink: demo.newLink, instructor: { url: `${url}/`, ...demo.instructor } }),
  });
}

try {
  await main();
} catch (error) {
  // Stopped while it was starting: what was open is closed.
  if (stopping.signal.aborted) process.exit(0);
  const known = error instanceof ConfigError || error instanceof StartError;
  console.error(known ? error.message : error);
  process.exit(known ? hopeless : 1);
}
