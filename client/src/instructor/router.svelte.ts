import { parseRoute, type Route } from './routes.js';

let current = $state.raw<Route>(parseRoute(location));
/** The address of the page that is shown. */
let shown = location.href;
let mayLeave: (() => boolean) | undefined;

/** The page that the address names. */
export const router = {
  get route(): Route {
    return current;
  },
  /** Goes to another page. @returns false: the one that is shown does not let go. */
  go(path: string): boolean {
    if (!router.letsGo()) return false;
    history.pushState(null, '', path);
    show();
    scrollTo(0, 0);
    return true;
  },
  /** Notes the position in the address, so that a reload or a new sign-in comes back to it. */
  note(path: string): void {
    history.replaceState(null, '', path);
    show();
  },
  /** Whether the page that is shown lets go; it may ask the person. */
  letsGo: (): boolean => !mayLeave || mayLeave(),
  /** From now on `ask` is asked before the page is left. @returns what takes that back. */
  guard(ask: () => boolean): () => void {
    mayLeave = ask;
    return () => {
      if (mayLeave === ask) mayLeave = undefined;
    };
  },
};

function show(): void {
  shown = location.href;
  current = parseRoute(location);
}


addEventListener('popstate', () => {
  if (router.letsGo()) show();
  // The browser has gone already.
  else history.pushState(null, '', shown);
});

/** For the document's `click`: links inside the site change the page without loading it again. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
  if (parseRoute(link).page === 'unknown') return;
  event.preventDefault();
  router.go(link.pathname + link.search);
}
