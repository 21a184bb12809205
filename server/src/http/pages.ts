import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import serve from 'koa-static';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';

const notBuilt =
  'The pages of Vigil are not built yet. Run "npm run build" in the project’s folder, then reload this page.\n';

/** A page of the built client. */
type Page = 'student.html' | 'instructor.html' | 'not-found.html';

/** Which page stands at an address; undefined: none. */
function pageAt(path: string): Page | undefined {
  if (path === '/take' || path === '/take/') return 'student.html';
  if (path === '/' || path === '/review' || path.startsWith('/review/')) return 'instructor.html';
  return undefined;
}

/**
 * Serves the built client: its pages, and the files they load, whose names hold a hash of the content. Who looks for a page where
 * none is gets one that says so.
 */
export function pages(folder: string, log: Logger): Middleware {
  const files = serve(folder, {
    index: false,
    setHeaders: (response, path) => {
      const hashed = path.startsWith(join(folder, 'assets'));
      response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  const page = async (ctx: Context, name: Page): Promise<void> => {
    const html = await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      log.error({ err: error }, 'the client is not built');
      return undefined;
    });
    ctx.status = html === undefined ? 503 : name === 'not-found.html' ? 404 : 200;
    ctx.type = html === undefined ? 'text/plain' : 'text/html';
    ctx.set('Cache-Control', 'no-cache');
    ctx.body = html ?? notBuilt;
  };
  return async (ctx, next) => {
    const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
    const name = reads ? pageAt(ctx.path) : undefined;
    if (name) await page(ctx, name);
    else if (ctx.path.startsWith('/api/')) await next();
    else
      await files(ctx, async () => {
        // Browsers ask for HTML by name when a person goes somewhere; scripts and programs do not.
        if (reads && /\btext\/html\b/.test(ctx.get('Accept'))) await page(ctx, 'not-found.html');
        else await next();
      });
  };
}
