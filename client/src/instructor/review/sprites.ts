import { SvelteMap } from 'svelte/reactivity';

/** So many are loaded at a time: the recording itself has the other connections. */
const AT_A_TIME = 2;
/** While the recording loads, it is looked again after so long, ms. */
const PATIENCE_MS = 100;
/** More are not kept, nor waited for: the oldest go. */
const KEPT = 500;
const QUEUED = 200;

/** The pictures that thumbnails are cut from. They are kept while the page is, and nowhere else. */
export class Sprites {
  /** By address: where the browser has it; empty where it cannot be had. */
  readonly #have = new SvelteMap<string, string>();
  /** The last one is loaded first: what was asked for last is looked at. */
  #queue: string[] = [];
  #running = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stop = new AbortController();

  /** @param isBusy the recording is being loaded, and goes first */
  constructor(private readonly isBusy: () => boolean) {}

  /** Where the browser has a picture; undefined: not yet, or not to be had. */
  at(url: string): string | undefined {
    return this.#have.get(url) || undefined;
  }

  /** Asks for pictures, the most urgent one last. */
  want(urls: readonly string[]): void {
    const missing = new Set(urls.filter((url) => !this.#have.has(url)));
    if (!missing.size) return;
    this.#queue = [...this.#queue.filter((url) => !missing.has(url)), ...missing].slice(-QUEUED);
    this.#work();
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    for (const address of this.#have.values()) if (address) URL.revokeObjectURL(address);
    this.#have.clear();
  }

  #work(): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted || !this.#queue.length) return;
    if (this.isBusy()) {
      this.#timer = setTimeout(() => this.#work(), PATIENCE_MS);
      return;
    }
    while (this.#running < AT_A_TIME) {
      const url = this.#queue.pop();
      if (url === undefined) return;
      if (this.#have.has(url)) continue;
      this.#running += 1;
      void this.#load(url).finally(() => {
        this.#running -= 1;
        this.#work();
      });
    }
  }

  async #load(url: string): Promise<void> {
    // Also that it cannot be had is kept: the timeline is there without.
    this.#have.set(url, '');
    try {
      const answer = await fetch(url, { signal: this.#stop.signal, priority: 'low' });
      if (!answer.ok) return;
      const picture = await answer.blob();
      if (this.#stop.signal.aborted) return;
      this.#have.set(url, URL.createObjectURL(picture));
    } catch {
      return;
    }
    for (const [old, address] of [...this.#have].slice(0, -KEPT)) {
      if (address) URL.revokeObjectURL(address);
      this.#have.delete(old);
    }
  }
}
