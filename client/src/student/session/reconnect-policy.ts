/** How patiently a lost connection is tried again. `attempt` counts from 0. All in ms. */
export interface ReconnectPolicy {
  /** Wait before the next try. */
  delayMs(attempt: number): number;
  /** How long one try to open the socket may take. */
  connectTimeoutMs(attempt: number): number;
}

/**
 * Back within 5 s of the network's return: never more than 1 s between tries, and a try that hangs is given up after
 * 3 s (a lost SYN is sent again only after 1, 3, 7 s). Every fourth try may take longer, for a very slow line.
 */
export const defaultPolicy: ReconnectPolicy = {
  delayMs: (attempt) => Math.min(1_000, 250 * 2 ** attempt),
  connectTimeoutMs: (attempt) => (attempt % 4 === 3 ? 8_000 : 3_000),
};
