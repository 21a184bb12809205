import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** Lets go of a name. Idempotent. */
export type Unlock = () => void;

/** An abstract Unix socket (unix(7)): the kernel lets go of it however the process ends. */
const socketOf = (name: string): string => `\0vigil-${createHash('sha256').update(name).digest('hex')}`;

/**
 * Takes a name that one at a time on this machine can have.
 * @returns what lets go of it; undefined when another has it.
 */
export async function tryLock(name: string): Promise<Unlock | undefined> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    socket.unref().on('error', () => undefined);
    waiting.add(socket);
  });
  server.listen(socketOf(name));
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
}

/** As `tryLock`, but waits until whoever has the name lets go of it, or is gone. */
export async function lock(name: string): Promise<Unlock> {
  for (;;) {
    const unlock = await tryLock(name);
    if (unlock) return unlock;
    await new Promise<void>((resolve) => {
      const socket = connect(socketOf(name));
      // Refused: it is free already.
      socket.on('error', () => undefined).on('close', () => resolve());
    });
  }
}
