import type { Source } from '@vigil/protocol';
import type { Devices } from './devices.js';
import type { Noticed } from './journal.js';

/** The parts of `window` that are looked at. */
export interface WatchedWindow extends EventTarget {
  document: EventTarget & {
    readonly visibilityState: DocumentVisibilityState;
    readonly fullscreenElement: Element | null;
    hasFocus(): boolean;
    getSelection(): { toString(): string } | null;
  };
  /** Chromium tells whether the desktop has more than one monitor (W3C Window Management). */
  screen: Pick<Screen, 'width'> & { isExtended?: boolean };
  outerWidth: number;
  outerHeight: number;
  innerWidth: number;
  innerHeight: number;
  devicePixelRatio: number;
  matchMedia(query: string): { matches: boolean };
}

export interface WatcherParts {
  scope: WatchedWindow;
  devices: Pick<Devices, 'list' | 'onChange'>;
  trackOf: (source: Source) => Pick<MediaStreamTrack, 'label' | 'getSettings' | 'readyState'> | undefined;
  /** The exam is inside of this page: only then it says something that the page is left. In another tab, being away is normal. */
  embedded: boolean;
  /** The exam's rules ask that the page fills the display, and this browser can do that. */
  fullscreen: boolean;
  /** A panel of this page's own is open, such as the choice of a screen: then nobody has left. */
  excused: () => boolean;
  note: (noticed: Noticed) => void;
}

/** Docked developer tools take at least so much of the page, CSS px; a download bar or a toolbar takes less. */
const dockedPx = 180;
/** As the server takes it (`mostLabel` of the protocol, whose weight students need not load). */
const mostLabel = 120;

const labelOf = (text: string): string => text.replace(/\p{C}/gu, '').slice(0, mostLabel).replace(/\p{C}/gu, '');

/** Whether a press opens the developer tools in the usual browsers. */
const opensTools = ({ key, code, ctrlKey, shiftKey, metaKey, altKey }: KeyboardEvent): boolean =>
  key === 'F12' || (['KeyI', 'KeyJ', 'KeyC', 'KeyK'].includes(code) && ((ctrlKey && shiftKey) || (metaKey && altKey)));

/**
 * Watches the browser during the exam, and tells what changes. It never keeps anything from happening, and looks at no content.
 *
 * What it cannot see: anything inside a page of another site, copying there too; developer tools that were open before, or are in
 * a window of their own and were opened by mouse; a second monitor where the browser does not tell; a camera under another name.
 * A page that is closed or loaded again is not left: the record says by itself that it was gone.
 */
export class Watcher {
  readonly #parts: WatcherParts;
  /** What was told last, by what it is about. */
  readonly #told = new Map<string, string>();
  readonly #end = new AbortController();
  readonly #endDevices: () => void;
  #devices: Promise<readonly PluggedIn[]>;
  /** The window at its largest page, and as it was a moment ago. */
  #size: Size;
  #last: Size;
  #shrunk = false;

  /** Begins at once. */
  constructor(parts: WatcherParts) {
    this.#parts = parts;
    const { scope, devices } = parts;
    this.#size = this.#last = sizeOf(scope);
    this.#devices = pluggedIn(devices).catch(() => []);
    this.#endDevices = devices.onChange(() => {
      this.#devices = this.#compare(this.#devices);
    });
    const { signal } = this.#end;
    const on = (target: EventTarget, name: string, act: (event: Event) => void): void => target.addEventListener(name, act, { signal, capture: true });
    for (const name of ['focus', 'blur']) on(scope, name, () => this.#look());
    for (const name of ['visibilitychange', 'fullscreenchange']) on(scope.document, name, () => this.#look());
    // Before the page is hidden because it goes.
    on(scope, 'pagehide', () => this.stop());
    for (const name of ['copy', 'cut']) on(scope.document, name, () => this.#copied());
    on(scope.document, 'paste', (event) => this.#pasted(event as ClipboardEvent));
    on(scope, 'keydown', (event) => {
      if (!(event as KeyboardEvent).repeat && opensTools(event as KeyboardEvent)) parts.note({ kind: 'developer-tools', by: 'keys' });
    });
    this.#look();
  }

  /** To be called about once a second: no event tells that a frame inside has lost the focus, or what is shared has changed. */
  tick(): void {
    this.#look();
    this.#lookAtSize();
  }

  #look(): void {
    if (this.#end.signal.aborted) return;
    const { scope, trackOf, embedded, fullscreen, excused } = this.#parts;
    const { document } = scope;
    if (!excused()) {
      if (embedded) this.#tell({ kind: 'page-left', on: document.visibilityState === 'hidden' || !document.hasFocus() });
      if (fullscreen) this.#tell({ kind: 'fullscreen-left', on: !fillsDisplay(scope) });
    }
    if (scope.screen.isExtended !== undefined) this.#tell({ kind: 'second-monitor', on: scope.screen.isExtended });
    const camera = trackOf('webcam');
    if (camera?.label && camera.readyState === 'live') this.#tell({ kind: 'camera', label: labelOf(camera.label) });
    const surface = trackOf('screen')?.getSettings().displaySurface;
    if (surface === 'monitor' || surface === 'window' || surface === 'browser') this.#tell({ kind: 'surface', surface });
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#end.abort();
    this.#endDevices();
  }

  /** A state, if it is another than before. */
  #tell(state: Noticed): void {
    const text = JSON.stringify(state);
    if (this.#told.get(state.kind) === text) return;
    this.#told.set(state.kind, text);
    this.#parts.note(state);
  }

  #copied(): void {
    const characters = this.#parts.scope.document.getSelection()?.toString().length ?? 0;
    // The keys alone, with nothing chosen, copy nothing.
    if (characters > 0) this.#parts.note({ kind: 'copy', characters });
  }

  #pasted({ clipboardData }: ClipboardEvent): void {
    const characters = clipboardData?.getData('text/plain').length ?? 0;
    this.#parts.note({ kind: 'paste', ...(characters > 0 && { characters }) });
  }

  /** The page became smaller in a window that stayed as it is, at the same zoom: developer tools at its side, or another panel. */
  #lookAtSize(): void {
    const { scope, note } = this.#parts;
    const size = sizeOf(scope);
    const last = this.#last;
    this.#last = size;
    // In the middle of a change the window's size and the page's do not belong together. On touch screens a keyboard takes the room.
    if (this.#end.signal.aborted || JSON.stringify(size) !== JSON.stringify(last) || scope.matchMedia('(pointer: coarse)').matches) return;
    const same = isSameWindow(this.#size, size);
    const shrunk = same && Math.max(this.#size.width - size.width, this.#size.height - size.height) >= dockedPx;
    if (shrunk && !this.#shrunk) note({ kind: 'developer-tools', by: 'size' });
    this.#shrunk = shrunk;
    this.#size = same ? { ...size, width: Math.max(this.#size.width, size.width), height: Math.max(this.#size.height, size.height) } : size;
  }

  async #compare(known: Promise<readonly PluggedIn[]>): Promise<readonly PluggedIn[]> {
    const before = await known;
    const now = await pluggedIn(this.#parts.devices).catch(() => before);
    if (this.#end.signal.aborted) return now;
    for (const { device, label } of without(before, now)) this.#parts.note({ kind: 'device', device, label, on: false });
    for (const { device, label } of without(now, before)) this.#parts.note({ kind: 'device', device, label, on: true });
    return now;
  }
}

interface PluggedIn {
  device: 'webcam' | 'microphone';
  id: string;
  label: string;
}

async function pluggedIn(devices: WatcherParts['devices']): Promise<PluggedIn[]> {
  const [cameras, microphones] = await Promise.all([devices.list('videoinput'), devices.list('audioinput')]);
  const all = [...cameras.map((one) => ({ device: 'webcam' as const, ...one })), ...microphones.map((one) => ({ device: 'microphone' as const, ...one }))];
  // Chromium's names for whichever microphone the system prefers: no device of their own.
  return all.filter(({ id }) => id !== 'default' && id !== 'communications').map((one) => ({ ...one, label: labelOf(one.label) }));
}

/** Those that the other list has not. A device is the same by its id, which stays while the page is open. */
const without = (all: readonly PluggedIn[], others: readonly PluggedIn[]): PluggedIn[] =>
  all.filter(({ device, id }) => !others.some((other) => other.device === device && other.id === id));

/** Of the window, and of the page inside of it, CSS px. */
interface Size {
  outerWidth: number;
  outerHeight: number;
  zoom: number;
  full: boolean;
  width: number;
  height: number;
}

const sizeOf = (scope: WatchedWindow): Size => ({
  outerWidth: scope.outerWidth,
  outerHeight: scope.outerHeight,
  zoom: scope.devicePixelRatio,
  full: fillsDisplay(scope),
  width: scope.innerWidth,
  height: scope.innerHeight,
});

const isSameWindow = (a: Size, b: Size): boolean => a.outerWidth === b.outerWidth && a.outerHeight === b.outerHeight && a.zoom === b.zoom && a.full === b.full;

/** By this page's own request, or by the browser's key. */
export const fillsDisplay = (scope: Pick<WatchedWindow, 'matchMedia'> & { document: Pick<Document, 'fullscreenElement'> }): boolean =>
  scope.document.fullscreenElement !== null || scope.matchMedia('(display-mode: fullscreen)').matches;
