import { describe, expect, it } from 'vitest';
import type { DeviceChoice } from './devices.js';
import type { Noticed } from './journal.js';
import { Watcher, type WatchedWindow, type WatcherParts } from './watcher.js';

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
  fullscreenElement: Element | null = null;
  focused = true;
  selected = '';
  hasFocus = (): boolean => this.focused;
  getSelection = (): string => this.selected;
}

class FakeWindow extends EventTarget implements WatchedWindow {
  document = new FakeDocument();
  screen: WatchedWindow['screen'] = { width: 1_920 };
  outerWidth = 1_280;
  outerHeight = 900;
  innerWidth = 1_280;
  innerHeight = 800;
  devicePixelRatio = 1;
  queries = new Set<string>();
  matchMedia = (query: string): { matches: boolean } => ({ matches: this.queries.has(query) });
}

function watched(options: Partial<Pick<WatcherParts, 'embedded' | 'fullscreen'>> & { prepare?: (window: FakeWindow) => void } = {}) {
  const scope = new FakeWindow();
  options.prepare?.(scope);
  const noticed: Noticed[] = [];
  const state = { excused: false, label: '', ended: false, surface: undefined as string | undefined };
  const plugged: Record<'videoinput' | 'audioinput', DeviceChoice[]> = { videoinput: [{ id: 'c1', label: 'HD Webcam' }], audioinput: [] };
  let changed = (): void => undefined;
  const watcher = new Watcher({
    scope,
    embedded: options.embedded ?? true,
    fullscreen: options.fullscreen ?? false,
    excused: () => state.excused,
    devices: {
      list: (kind) => Promise.resolve([...plugged[kind]]),
      onChange: (call) => {
        changed = call;
        return () => (changed = () => undefined);
      },
    },
    trackOf: (source) => ({
      label: source === 'webcam' ? state.label : '',
      readyState: state.ended ? 'ended' : 'live',
      getSettings: () => (source === 'screen' && state.surface !== undefined ? { displaySurface: state.surface } : {}),
    }),
    note: (one) => noticed.push(one),
  });
  /** What was noticed since it was asked last. */
  const news = (): Noticed[] => noticed.splice(0);
  return { scope, watcher, state, plugged, news, plug: () => changed() };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const key = (scope: FakeWindow, press: Partial<KeyboardEvent>): void => void scope.dispatchEvent(Object.assign(new Event('keydown'), press));

describe('the page', () => {
  it('is left when it is hidden or has lost the focus, and is told once', () => {
    const { scope, watcher, news } = watched();
    expect(news()).toEqual([{ kind: 'page-left', on: false }]);
    scope.document.visibilityState = 'hidden';
    scope.document.dispatchEvent(new Event('visibilitychange'));
    scope.document.focused = false;
    scope.dispatchEvent(new Event('blur'));
    watcher.tick();
    expect(news()).toEqual([{ kind: 'page-left', on: true }]);
    scope.document.visibilityState = 'visible';
    watcher.tick();
    expect(news()).toEqual([]);
    scope.document.focused = true;
    scope.dispatchEvent(new Event('focus'));
    expect(news()).toEqual([{ kind: 'page-left', on: false }]);
  });

  it('is not left for a frame inside, nor for a choice that the page itself asks for', () => {
    const { scope, watcher, state, news } = watched();
    news();
    // The window loses the focus to a frame of its own; the document still has it.
    scope.dispatchEvent(new Event('blur'));
    state.excused = true;
    scope.document.focused = false;
    watcher.tick();
    scope.document.focused = true;
    state.excused = false;
    watcher.tick();
    expect(news()).toEqual([]);
  });

  it('may be left where the exam is in another tab', () => {
    const { scope, watcher, news } = watched({ embedded: false });
    scope.document.visibilityState = 'hidden';
    scope.document.dispatchEvent(new Event('visibilitychange'));
    watcher.tick();
    expect(news()).toEqual([]);
  });

  it('that goes is not left', () => {
    const { scope, watcher, news } = watched();
    news();
    scope.dispatchEvent(new Event('pagehide'));
    scope.document.visibilityState = 'hidden';
    scope.document.dispatchEvent(new Event('visibilitychange'));
    watcher.tick();
    expect(news()).toEqual([]);
  });
});

describe('full screen', () => {
  it('is told where it is asked for, whoever made it', () => {
    const { scope, watcher, news } = watched({ fullscreen: true, prepare: ({ document }) => (document.fullscreenElement = {} as Element) });
    expect(news()).toContainEqual({ kind: 'fullscreen-left', on: false });
    scope.document.fullscreenElement = null;
    scope.document.dispatchEvent(new Event('fullscreenchange'));
    expect(news()).toEqual([{ kind: 'fullscreen-left', on: true }]);
    scope.queries.add('(display-mode: fullscreen)');
    watcher.tick();
    expect(news()).toEqual([{ kind: 'fullscreen-left', on: false }]);
    expect(watched({ fullscreen: false }).news().map(({ kind }) => kind)).not.toContain('fullscreen-left');
  });
});

describe('what is copied and pasted', () => {
  it('is told by its length, never by its content', () => {
    const { scope, news } = watched();
    news();
    scope.document.selected = 'the secret question';
    for (const name of ['copy', 'cut']) scope.document.dispatchEvent(new Event(name));
    scope.document.dispatchEvent(Object.assign(new Event('paste'), { clipboardData: { getData: () => 'an answer' } }));
    scope.document.dispatchEvent(Object.assign(new Event('paste'), { clipboardData: null }));
    const told = news();
    expect(told).toEqual([{ kind: 'copy', characters: 19 }, { kind: 'copy', characters: 19 }, { kind: 'paste', characters: 9 }, { kind: 'paste' }]);
    expect(JSON.stringify(told)).not.toMatch(/secret|answer/);
  });

  it('is nothing where nothing was chosen', () => {
    const { scope, news } = watched();
    news();
    scope.document.dispatchEvent(new Event('copy'));
    expect(news()).toEqual([]);
  });
});

describe('devices', () => {
  it('that are plugged in or out are named, once each', async () => {
    const { plugged, plug, news } = watched();
    await settle();
    news();
    plugged.audioinput.push({ id: 'default', label: 'Default - Headset' }, { id: 'm1', label: 'Head\u202eset\n' });
    plug();
    plug();
    await settle();
    expect(news()).toEqual([{ kind: 'device', device: 'microphone', label: 'Headset', on: true }]);
    plugged.videoinput.length = 0;
    plug();
    await settle();
    expect(news()).toEqual([{ kind: 'device', device: 'webcam', label: 'HD Webcam', on: false }]);
  });

  it('in use, and what is shared, are told when they change', () => {
    const { watcher, state, news } = watched();
    news();
    state.label = 'OBS Virtual Camera';
    state.surface = 'monitor';
    watcher.tick();
    watcher.tick();
    expect(news()).toEqual([{ kind: 'camera', label: 'OBS Virtual Camera' }, { kind: 'surface', surface: 'monitor' }]);
    state.surface = 'browser';
    state.ended = true;
    state.label = 'gone';
    watcher.tick();
    expect(news()).toEqual([{ kind: 'surface', surface: 'browser' }]);
  });

  it('a second monitor is told where the browser can', () => {
    const { scope, watcher, news } = watched({ prepare: ({ screen }) => (screen.isExtended = true) });
    expect(news()).toContainEqual({ kind: 'second-monitor', on: true });
    scope.screen.isExtended = false;
    watcher.tick();
    expect(news()).toEqual([{ kind: 'second-monitor', on: false }]);
    expect(watched().news().map(({ kind }) => kind)).not.toContain('second-monitor');
  });
});

describe('developer tools', () => {
  it.each([
    [{ key: 'F12', code: 'F12' }, true],
    [{ key: 'I', code: 'KeyI', ctrlKey: true, shiftKey: true }, true],
    [{ key: 'i', code: 'KeyI', metaKey: true, altKey: true }, true],
    [{ key: 'c', code: 'KeyC', ctrlKey: true }, false],
    [{ key: 'I', code: 'KeyI', shiftKey: true }, false],
    [{ key: 'F12', code: 'F12', repeat: true }, false],
  ])('by the keys %j: %s', (press, expected) => {
    const { scope, news } = watched();
    news();
    key(scope, press);
    expect(news()).toEqual(expected ? [{ kind: 'developer-tools', by: 'keys' }] : []);
  });

  const look = (watcher: Watcher): void => {
    watcher.tick();
    watcher.tick();
  };

  it('by a page that shrinks in its window, once until it grows again', () => {
    const { scope, watcher, news } = watched();
    look(watcher);
    news();
    scope.innerWidth -= 400;
    look(watcher);
    look(watcher);
    expect(news()).toEqual([{ kind: 'developer-tools', by: 'size' }]);
    scope.innerWidth += 400;
    look(watcher);
    scope.innerHeight -= 300;
    look(watcher);
    expect(news()).toEqual([{ kind: 'developer-tools', by: 'size' }]);
  });

  it('not by a smaller window, whose size is told before the page’s, by zoom, by full screen, by a bar, or by a keyboard on the glass', () => {
    const { scope, watcher, news } = watched();
    look(watcher);
    news();
    scope.outerWidth -= 400;
    watcher.tick();
    scope.innerWidth -= 400;
    look(watcher);
    Object.assign(scope, { innerWidth: scope.innerWidth / 2, innerHeight: scope.innerHeight / 2, devicePixelRatio: 2 });
    look(watcher);
    scope.innerHeight -= 60;
    look(watcher);
    Object.assign(scope, { innerHeight: scope.innerHeight + 500 });
    scope.document.fullscreenElement = {} as Element;
    look(watcher);
    Object.assign(scope, { innerHeight: scope.innerHeight - 500 });
    scope.document.fullscreenElement = null;
    look(watcher);
    scope.queries.add('(pointer: coarse)');
    scope.innerHeight -= 300;
    look(watcher);
    expect(news()).toEqual([]);
  });
});

it('tells nothing any more when it is stopped', async () => {
  const { scope, watcher, plugged, plug, news } = watched();
  await settle();
  news();
  watcher.stop();
  scope.document.focused = false;
  scope.dispatchEvent(new Event('blur'));
  scope.document.selected = 'x';
  scope.document.dispatchEvent(new Event('copy'));
  plugged.videoinput.length = 0;
  plug();
  watcher.tick();
  await settle();
  expect(news()).toEqual([]);
});
