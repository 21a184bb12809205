import { open } from 'node:fs/promises';
import { VigilError } from '@vigil/protocol';
import type { Context } from 'koa';
import { rangeOf } from './range.js';

/**
 * Answers with a file that never changes, whole or the part that `Range` asks for (RFC 9110, 14).
 * Nobody keeps a copy, the browser's cache neither: it would outlive the sign-in, and the recording's own end.
 * @param etag strong; names the content.
 * @throws {VigilError} `notFound` or `badRange`.
 */
export async function sendFile(ctx: Context, path: string, type: string, etag: string): Promise<void> {
  const file = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new VigilError('notFound');
    throw error;
  });
  let streaming = false;
  try {
    const { size } = await file.stat();
    ctx.set({
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'no-store',
      ETag: `"${etag}"`,
    });
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    const range = rangeOf(ctx.headers, `"${etag}"`, size);
    if (range === 'outside') {
      ctx.set('Content-Range', `bytes */${size}`);
      throw new VigilError('badRange');
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    if (range) {
      ctx.status = 206;
      ctx.set('Content-Range', `bytes ${start}-${end}/${size}`);
    }
    ctx.type = type;
    ctx.length = end - start + 1;
    if (ctx.method === 'HEAD') return;
    if (size === 0) {
      ctx.body = Buffer.alloc(0);
      return;
    }
    ctx.body = file.createReadStream({ start, end });
    streaming = true;
  } finally {
    // The stream closes it else.
    if (!streaming) await file.close();
  }
}
