import type { EventEmitter } from 'node:events';
import { withTimeout } from '../attempts/retry-queue.js';

/** Status of a WebSocket whose page is closed, loaded again or left for another (RFC 6455, section 7.4.1). */
const goingAway = 1001;
/** An error of the socket comes before its close frame was read, ms. */
const patienceMs = 1_000;

/**
 * Watches a socket's transport. Chromium and Firefox say why they close a WebSocket; one that is lost with the network says nothing.
 * @returns whether the page is gone; to be asked when the socket is closing.
 */
export function watchClose(transport: object): () => Promise<boolean> {
  // The `ws` WebSocket: engine.io does not hand its status on.
  const webSocket = 'socket' in transport ? (transport.socket as EventEmitter | undefined) : undefined;
  let status: number | undefined;
  const closed = new Promise<void>((resolve) => {
    // Before engine.io's own listener, which says that the socket is gone.
    webSocket?.prependOnceListener('close', (code: number) => {
      status = code;
      resolve();
    });
  });
  return async () => {
    if (status === undefined && webSocket) await withTimeout(closed, patienceMs);
    return status === goingAway;
  };
}
