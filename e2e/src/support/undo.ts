/** Things to undo, last first. */
export class Undo {
  private readonly steps: (() => Promise<unknown>)[] = [];
  add<T extends { stop(): Promise<unknown> }>(started: T): T {
    this.steps.push(() => started.stop());
    return started;
  }
  async all(): Promise<void> {
    const failed: unknown[] = [];
    for (const step of this.steps.reverse()) await step().catch((error: unknown) => failed.push(error));
    if (failed.length) throw new AggregateError(failed, 'not all could be undone');
  }
}
