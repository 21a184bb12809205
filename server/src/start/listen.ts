import { readFile } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Config } from '@vigil/protocol';
import { StartError } from './start-error.js';

/** Makes the HTTP server, or HTTPS where certificate and key are set. It does not listen yet. */
export async function makeHttpServer(config: Config): Promise<Server> {
  const limits = { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: 10_000, maxHeaderSize: 16_384 };
  if (!config.VIGIL_TLS_CERT) return createHttp(limits);
  const cert = await readPem('VIGIL_TLS_CERT', config.VIGIL_TLS_CERT);
  const key = await readPem('VIGIL_TLS_KEY', config.VIGIL_TLS_KEY);
  try {
    return createHttps({ ...limits, cert, key });
  } catch (error) {
    throw new StartError('VIGIL_TLS_CERT and VIGIL_TLS_KEY are not a PEM certificate and its private key.', error);
  }
}

async function readPem(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new StartError(`${setting}=${path} cannot be read. Check that the file is there and readable.`, error);
  }
}

/**
 * Takes the port.
 * @returns the port, also when any free one was asked for.
 * @throws {StartError} that names the port and the setting.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const why: Record<string, string> = {
      EADDRINUSE: `Port ${port} is taken. Stop what uses it, or set VIGIL_PORT to another one.`,
      EACCES: `Port ${port} needs more rights. Set VIGIL_PORT to one above 1023.`,
      EADDRNOTAVAIL: `The address ${host} is not on this machine. Set VIGIL_HOST to one that is.`,
    };
    throw new StartError(
      why[(error as NodeJS.ErrnoException).code ?? ''] ?? `Cannot listen on ${host}:${port}. Check VIGIL_HOST and VIGIL_PORT.`,
      error,
    );
  }
  return (server.address() as AddressInfo).port;
}
