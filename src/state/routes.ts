/** The addresses of the screens: hash routes, so that any static host will do. */
export type Route =
  | { screen: 'data' }
  /** With `part` that panel is gone to. */
  | { screen: 'dataset'; datasetId: string; part?: 'labels' }
  | { screen: 'train'; datasetId: string | null }
  | { screen: 'running'; runId: string }
  | { screen: 'report'; runId: string | null }
  | { screen: 'try'; runId: string | null }
  /** A run as files for other tools. */
  | { screen: 'take'; runId: string }
  /** Answers by what labels mean alone; those of a data set, or of none. */
  | { screen: 'names'; datasetId: string | null }
  | { screen: 'runs' }
  | { screen: 'privacy' }
  | { screen: 'bench' }
  | { screen: 'not-found'; hash: string };

/** Reads `location.hash`; what no screen answers to becomes `not-found`, an empty hash the first screen. */
export function parseRoute(hash: string): Route {
  const [first = '', second, ...more] = hash.replace(/^#?\/?/, '').split('/');
  const id = decode(second);
  const notFound: Route = { screen: 'not-found', hash };
  if (first === 'data' && typeof id === 'string' && more.length === 1 && more[0] === 'labels') {
    return { screen: 'dataset', datasetId: id, part: 'labels' };
  }
  if (more.length > 0 || id === undefined) return notFound;
  switch (first) {
    case '':
      return id === null ? { screen: 'data' } : notFound;
    case 'data':
      return id === null ? { screen: 'data' } : { screen: 'dataset', datasetId: id };
    case 'train':
      return { screen: 'train', datasetId: id };
    case 'run':
      return id === null ? { screen: 'runs' } : { screen: 'running', runId: id };
    case 'report':
      return { screen: 'report', runId: id };
    case 'try':
      return { screen: 'try', runId: id };
    case 'take':
      return id === null ? { screen: 'runs' } : { screen: 'take', runId: id };
    case 'names':
      return { screen: 'names', datasetId: id };
    case 'runs':
    case 'privacy':
    case 'bench':
      return id === null ? { screen: first } : notFound;
    default:
      return notFound;
  }
}

/** The hash of a route, `#` included. */
export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'data':
    case 'runs':
    case 'privacy':
    case 'bench':
      return `#/${route.screen}`;
    case 'dataset':
      return withId('data', route.datasetId) + (route.part === undefined ? '' : `/${route.part}`);
    case 'train':
      return withId('train', route.datasetId);
    case 'names':
      return withId('names', route.datasetId);
    case 'running':
      return withId('run', route.runId);
    case 'report':
    case 'take':
    case 'try':
      return withId(route.screen, route.runId);
    case 'not-found':
      return route.hash;
    default:
      return route satisfies never;
  }
}

function withId(path: string, id: string | null): string {
  return id === null ? `#/${path}` : `#/${path}/${encodeURIComponent(id)}`;
}

/** Null when there is none, undefined when it is not one. */
function decode(part: string | undefined): string | null | undefined {
  if (part === undefined || part === '') return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
