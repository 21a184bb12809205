import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { watchClose } from './page-gone.js';

/** A transport whose listener, as engine.io's, asks when the socket closes. */
function setUp(): { webSocket: EventEmitter; asked: Promise<boolean>; ask: () => void } {
  const webSocket = new EventEmitter();
  let ask = (): void => undefined;
  const asked = new Promise<boolean>((resolve) => {
    webSocket.on('close', () => ask());
    const isGone = watchClose({ socket: webSocket });
    ask = () => resolve(isGone());
  });
  return { webSocket, asked, ask: () => ask() };
}

test.each([
  [1001, true],
  [1005, false],
  [1006, false],
])('a socket that was closed with %i: the page is gone: %s', async (status, gone) => {
  const { webSocket, asked } = setUp();
  webSocket.emit('close', status);
  expect(await asked).toBe(gone);
});

test('an error that comes before the close does not hide why', async () => {
  const { webSocket, asked, ask } = setUp();
  ask();
  webSocket.emit('close', 1001);
  expect(await asked).toBe(true);
});

test('a transport without a WebSocket tells nothing', async () => {
  expect(await watchClose({})()).toBe(false);
});
