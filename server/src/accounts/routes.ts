import { SignInBody } from '@vigil/protocol';
import type { Context } from 'koa';
import { readJson } from '../http/body.js';
import type { Route } from '../http/route.js';
import { accountOf, sessionMs } from './accounts.js';
import type { Accounts } from './accounts.js';

/** The cookie that holds an instructor's session. */
export const sessionCookie = 'vigil-session';

/** Sign in, sign out, who am I. `secure`: the cookie travels over https alone. */
export function accountRoutes(accounts: Accounts, secure: boolean): Route[] {
  // `strict` also holds for links from e-mails: the pages are static, and ask the API from this site.
  const cookie = { httpOnly: true, sameSite: 'strict', secure, path: '/', overwrite: true } as const;
  const setCookie = (ctx: Context, token: string, maxAge: number): void => {
    // koa refuses secure cookies on a connection that it takes for plain; behind a proxy we know better.
    ctx.cookies.secure = secure;
    ctx.cookies.set(sessionCookie, token, { ...cookie, maxAge });
  };
  return [
    {
      method: 'POST',
      path: '/api/session',
      access: 'anyone',
      handle: async (ctx) => {
        const { email, password } = await readJson(ctx.req, SignInBody);
        const { user, token } = await accounts.signIn(email, password, ctx.ip);
        setCookie(ctx, token, sessionMs);
        ctx.body = accountOf(user);
      },
    },
    {
      method: 'DELETE',
      path: '/api/session',
      access: 'anyone',
      handle: async (ctx) => {
        setCookie(ctx, '', 0);
        await accounts.signOut(ctx.cookies.get(sessionCookie));
        ctx.status = 204;
      },
    },
    {
      method: 'GET',
      path: '/api/session',
      access: 'instructor',
      handle: (ctx, user) => {
        ctx.body = accountOf(user);
      },
    },
  ];
}
