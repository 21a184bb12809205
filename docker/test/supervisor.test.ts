import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { isReady, Supervised } from '../setup/supervisor.mjs';

const script = fileURLToPath(new URL('supervised-child.mjs', import.meta.url));

/** What the children of one test said, each line awaited in turn. */
class Lines {
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #lines: string[] = [];
  add = (line: unknown): void => {
    const text = isReady(line) ? line.type : String(line);
    const next = this.#waiting.shift();
    if (next) next(text);
    else this.#lines.push(text);
  };
  next(): Promise<string> {
    const line = this.#lines.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }
}

const never = new AbortController().signal;

describe('a supervised process', () => {
  let lines = new Lines();
  let child: Supervised | undefined;

  function start(behaviour: string): Supervised {
    lines = new Lines();
    child = new Supervised({
      name: 'child',
      script,
      env: { ...process.env, BEHAVIOUR: behaviour },
      log: 'inherit',
      say: lines.add,
      onMessage: lines.add,
      onHopeless: () => lines.add('hopeless'),
    });
    child.start();
    return child;
  }
  afterEach(() => child?.stop(0, AbortSignal.abort()));

  it('starts again what dies', async () => {
    const { pid } = start('orderly');
    expect(await lines.next()).toBe('ready');
    process.kill(pid ?? 0, 'SIGKILL');
    expect(await lines.next()).toMatch(/child ended unexpectedly \(SIGKILL\). It starts again in 1 s/);
    expect(await lines.next()).toBe('ready');
    expect(child?.pid).not.toBe(pid);
  });

  it('does not start again what says that it would not help', async () => {
    start('hopeless');
    expect(await lines.next()).toBe('hopeless');
    expect(child?.pid).toBeUndefined();
  });

  it('starts again what was ready before, whatever it says at its end', async () => {
    const { pid } = start('orderly');
    expect(await lines.next()).toBe('ready');
    process.kill(pid ?? 0, 'SIGUSR2');
    expect(await lines.next()).toMatch(/child ended unexpectedly \(status 2\). It starts again in 1 s/);
    expect(await lines.next()).toBe('ready');
    expect(child?.pid).not.toBe(pid);
  });

  it('starts again what could not be started, and goes on', async () => {
    const node = process.execPath;
    process.execPath = '/nowhere/node';
    start('orderly');
    process.execPath = node;
    expect(await lines.next()).toMatch(/child ended unexpectedly \(.*ENOENT.*\). It starts again in 1 s/);
    expect(await lines.next()).toBe('ready');
  });

  it('lets it end in order, and then leaves it', async () => {
    const { pid } = start('orderly');
    await lines.next();
    await child?.stop(10_000, never);
    expect(await lines.next()).toBe('ended in order');
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
    await child?.stop(10_000, never);
  });

  it('ends what does not end in time', async () => {
    const { pid } = start('stubborn');
    await lines.next();
    await child?.stop(100, never);
    expect(await lines.next()).toBe('child did not end in time; it was ended.');
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
  });

  it('ends it at once when hurried', async () => {
    start('stubborn');
    await lines.next();
    const hurry = new AbortController();
    const stopped = child?.stop(600_000, hurry.signal);
    hurry.abort();
    await stopped;
    expect(await lines.next()).toMatch(/it was ended/);
  });
});
