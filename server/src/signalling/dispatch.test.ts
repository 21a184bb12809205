import type { Ack } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type { MediaContext } from './context.js';
import { dispatch } from './dispatch.js';
import type { Handlers } from './handlers.js';
import type { LiveAttempt } from './live-attempt.js';

type Listener = (event: unknown, ...args: unknown[]) => void;

function setUp(handlers: Partial<Handlers>, ended = false) {
  let listener: Listener = () => undefined;
  const socket = { onAny: (given: Listener) => (listener = given), disconnect: vi.fn() };
  const live = { id: 'a', run: (act: () => Promise<unknown>) => Promise.resolve().then(act), assertCurrent: () => undefined, ended };
  let now = 0;
  const context = { logger: pino({ level: 'silent' }), now: () => now };
  dispatch(socket as never, live as unknown as LiveAttempt, handlers as Handlers, context as unknown as MediaContext);
  const ask = (event: unknown, ...args: unknown[]) =>
    new Promise<Ack<unknown>>((resolve) => listener(event, ...args, resolve));
  return { ask, emit: (...args: [unknown, ...unknown[]]) => listener(...args), socket, wait: (ms: number) => (now += ms) };
}

describe('dispatch', () => {
  it('answers with what the handler gives', async () => {
    const { ask } = setUp({ ready: () => Promise.resolve({}) });
    expect(await ask('ready', {})).toEqual({ ok: true, data: {} });
  });

  it('a handler that throws, rejects or refuses answers with a reason, without the inner text', async () => {
    const { ask } = setUp({
      ready: () => {
        throw new Error('secret path');
      },
      begin: () => Promise.reject(new VigilError('notOpenYet')),
      join: () => Promise.reject(new TypeError('secret')),
    });
    const inner = await ask('ready', {});
    expect(inner).toMatchObject({ ok: false, error: { reason: 'internal' } });
    expect(JSON.stringify([inner, await ask('join', {})])).not.toContain('secret');
    expect(await ask('begin', {})).toMatchObject({ ok: false, error: { reason: 'notOpenYet' } });
  });

  it('unknown messages and payloads do not reach a handler', async () => {
    const handler = vi.fn();
    const { ask, emit } = setUp({ setMuted: handler, ready: handler });
    for (const event of ['consume', 'toString', '__proto__', 7, undefined])
      expect(await ask(event, {})).toMatchObject({ error: { reason: 'badInput' } });
    expect(await ask('setMuted', { producerId: { $ne: null }, muted: true })).toMatchObject({ error: { reason: 'badInput' } });
    emit('ready', {});
    emit('ready', {}, {}, () => undefined);
    emit('ready');
    expect(handler).not.toHaveBeenCalled();
  });

  it('after the end only finish is served', async () => {
    const { ask } = setUp({ begin: vi.fn(), finish: () => Promise.resolve({ finishedAtMs: 1 }) }, true);
    expect(await ask('begin', {})).toMatchObject({ error: { reason: 'attemptEnded' } });
    expect(await ask('finish', {})).toMatchObject({ ok: true });
  });

  it('a flood is refused, then cut off', async () => {
    const { ask, emit, socket, wait } = setUp({ ready: () => Promise.resolve({}) });
    for (let i = 0; i < 60; i += 1) expect(await ask('ready', {})).toMatchObject({ ok: true });
    expect(await ask('ready', {})).toMatchObject({ error: { reason: 'tooMany' } });
    wait(1_000);
    expect(await ask('ready', {})).toMatchObject({ ok: true });
    expect(socket.disconnect).not.toHaveBeenCalled();
    for (let i = 0; i < 400; i += 1) emit('ready', {});
    expect(socket.disconnect).toHaveBeenCalledTimes(1);
  });
});
