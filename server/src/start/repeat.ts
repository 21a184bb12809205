/**
 * Does something at once, and then every so often.
 * @param act never rejects: what went wrong it says in the log, and the next round tries again.
 * @returns what stops it, after the first round.
 */
export async function repeat(act: () => Promise<void>, everyMs: number): Promise<() => void> {
  await act();
  const timer = setInterval(() => void act(), everyMs);
  return () => clearInterval(timer);
}
