import { parseRoute, type Route } from './routes.js';

let current = $state.raw<Route>(parseRoute(location));

/** The page that the address names. */
export const router = {
  get route(): Route {
    return current;
  },
  /** Goes to another page. */
  go(path: string): void {
    history.pushState(null, '', path);
    current = parseRoute(location);
    scrollTo(0, 0);
  },
  /** Notes the position in the address, so that a reload or a new sign-in comes back to it. */
  note(path: string): void {
    history.replaceState(null, '', path);
    current = parseRoute(location);
  },
};

addEventListener('popstate', () => (current = parseRoute(location)));

/** For the document's `click`: links inside the site change the page without loading it again. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
  if (parseRoute(link).page === 'unknown') return;
  event.preventDefault();
  router.go(link.pathname + link.search);
}
