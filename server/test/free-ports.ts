import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

const listenOn = async (port: number): Promise<Server> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

/** The first of three free ports in a row: media processes take those after the API's. */
export async function threeFreePorts(): Promise<number> {
  for (;;) {
    const first = await listenOn(0);
    const { port } = first.address() as AddressInfo;
    const others = await Promise.allSettled([listenOn(port + 1), listenOn(port + 2)]);
    const open = [first, ...others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []))];
    for (const server of open) await new Promise((closed) => server.close(closed));
    if (open.length === 3) return port;
  }
}
