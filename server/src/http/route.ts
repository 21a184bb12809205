import Router from '@koa/router';
import type { Context } from 'koa';
import type { AttemptDocument, UserDocument } from '../store/index.js';

interface Address {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
}

/**
 * One route of the API. `access` is part of it, so that none can be added without deciding who may call it;
 * the test of authorisation goes through this list.
 */
export type Route = Address &
  (
    | { access: 'anyone'; handle: (ctx: Context) => void | Promise<void> }
    /** `afterwards`: a link that has expired still opens it, after the exam and for as long as the recording is kept. */
    | { access: 'student'; afterwards?: true; handle: (ctx: Context, attempt: AttemptDocument) => void | Promise<void> }
    | { access: 'instructor'; handle: (ctx: Context, user: UserDocument) => void | Promise<void> }
  );

/** Says who calls, or throws. */
export interface Gate {
  student(ctx: Context, afterwards: boolean): Promise<AttemptDocument>;
  instructor(ctx: Context): Promise<UserDocument>;
}

/** Puts the routes into a router, each behind its gate. GET routes answer HEAD as well. */
export function routerOf(routes: readonly Route[], gate: Gate): Router {
  const router = new Router();
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx: Context) => {
      switch (route.access) {
        case 'anyone':
          return route.handle(ctx);
        case 'student':
          return route.handle(ctx, await gate.student(ctx, route.afterwards ?? false));
        case 'instructor':
          return route.handle(ctx, await gate.instructor(ctx));
      }
    });
  }
  return router;
}
