/** Where the person is: the route of the address bar, followed both ways. */
import { formatRoute, parseRoute, type Route } from './routes';

export { formatRoute, parseRoute, type Route } from './routes';

export class Router {
  #route: Route = $state.raw({ screen: 'data' });

  constructor() {
    this.#route = parseRoute(location.hash);
    addEventListener('hashchange', () => (this.#route = parseRoute(location.hash)));
  }

  get route(): Route {
    return this.#route;
  }

  /** Goes to a screen; the browser's back button leads here again. */
  go(route: Route): void {
    location.hash = formatRoute(route);
    // The event comes later; whoever asks in between is to see the new route.
    this.#route = route;
  }

  /** For a link: `<a href={router.href(route)}>`. */
  href(route: Route): string {
    return formatRoute(route);
  }
}
