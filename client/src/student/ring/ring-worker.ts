import { createApi } from '../session/api.js';
import { browserLocks } from './locks.js';
import type { ToWorker } from './messages.js';
import { openStore } from './open-store.js';
import { pictureSettings, supported } from './picture-encoder.js';
import { RingHost } from './ring-host.js';

/** The parts of a dedicated worker's scope that are used; the compiler knows windows only. */
interface Scope {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  location: { origin: string };
  // Old browsers have none of these, whatever the types say.
  navigator: { storage?: StorageManager; locks?: LockManager };
}

// The entry of the ring's worker.
const scope = self as unknown as Scope;
const { navigator } = scope;
const host = new RingHost({
  post: (message) => scope.postMessage(message),
  openStore: () => openStore({ navigator, indexedDB }),
  estimate: async () => (await navigator.storage?.estimate()) ?? {},
  locks: browserLocks(navigator.locks),
  api: createApi,
  origin: scope.location.origin,
  pictures: (track) => supported(pictureSettings[track]),
  now: () => performance.now(),
  wallNow: Date.now,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  every: (ms, act) => {
    const timer = setInterval(act, ms);
    return () => clearInterval(timer);
  },
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
});
scope.onmessage = ({ data }) => host.receive(data);
