import { isReason, VigilError } from '@vigil/protocol/errors';

/** Fetches as the page does it; a test gives its own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A pause that ends early when the signal aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** Pauses before the second and the third try, ms. */
const RETRY_MS = [300, 1_500] as const;

async function failure(response: Response): Promise<VigilError> {
  const body = (await response.json().catch(() => undefined)) as { reason?: unknown } | undefined;
  const reason = typeof body?.reason === 'string' && isReason(body.reason) ? body.reason : undefined;
  return new VigilError(reason ?? (response.status === 401 ? 'notSignedIn' : 'internal'));
}

/**
 * The bytes of a segment as they arrive, so that its first frame can be shown before the rest is there.
 * A connection that breaks is taken up again by a Range request from where it stopped (RFC 9110, 14).
 * @throws {VigilError} when the server says no, or when the third try fails too
 */
export async function* streamSegment(
  url: string,
  { fetch, wait, signal }: { fetch: Fetch; wait: Wait; signal: AbortSignal },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let offset = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(url, { headers: { range: `bytes=${offset}-` }, signal });
      // The connection broke after the last byte: nothing is left to ask for.
      if (response.status === 416 && offset > 0) return;
      if (!response.ok) throw await failure(response);
      let skip = response.status === 206 ? 0 : offset;
      const reader = response.body?.getReader();
      if (!reader) return;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const fresh = value.subarray(Math.min(skip, value.length));
        skip -= value.length - fresh.length;
        offset += fresh.length;
        if (fresh.length) yield fresh;
      }
    } catch (error) {
      const final = error instanceof VigilError && error.status < 500;
      const pause = RETRY_MS[attempt];
      if (signal.aborted || final || pause === undefined) throw error;
      await wait(pause, signal);
    }
  }
}
