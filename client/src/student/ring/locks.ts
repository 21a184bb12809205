/** What several tabs of one browser agree by. */
export interface Locks {
  /** Runs `work` unless another tab runs something of that name; then it is undefined. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
  /** Holds a name until the result is called, or the tab is gone. */
  hold(name: string): () => void;
  /** Names that any tab holds. */
  held(): Promise<ReadonlySet<string>>;
}

/** Web Locks. @param manager undefined in old browsers: then each tab is taken to be the only one. */
export function browserLocks(manager: LockManager | undefined): Locks {
  return {
    alone: (name, work) => (manager ? manager.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined)) : work()),
    hold: (name) => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      manager?.request(name, () => released).catch(() => undefined);
      return release;
    },
    held: async () => new Set((await manager?.query())?.held?.flatMap(({ name }) => name ?? [])),
  };
}
