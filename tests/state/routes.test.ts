import { expect, test } from 'vitest';
import { formatRoute, parseRoute, type Route } from '../../src/state/routes';

test('every route has an address that leads back to it', () => {
  const routes: Route[] = [
    { screen: 'data' },
    { screen: 'dataset', datasetId: 'a b/ü?#%' },
    { screen: 'dataset', datasetId: 'a b/ü?#%', part: 'labels' },
    { screen: 'train', datasetId: null },
    { screen: 'train', datasetId: 'd' },
    { screen: 'running', runId: 'r' },
    { screen: 'report', runId: null },
    { screen: 'report', runId: 'r' },
    { screen: 'try', runId: null },
    { screen: 'try', runId: 'r' },
    { screen: 'take', runId: 'r' },
    { screen: 'names', datasetId: null },
    { screen: 'names', datasetId: 'd' },
    { screen: 'runs' },
    { screen: 'privacy' },
    { screen: 'bench' },
  ];
  for (const route of routes) expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('no address is the first screen, and an unknown one says so', () => {
  for (const hash of ['', '#', '#/', '#/data', '#data', '#/data/'])
    expect(parseRoute(hash)).toEqual({ screen: 'data' });
  for (const hash of [
    '#/nowhere',
    '#/runs/3',
    '#/data/a/b',
    '#/data//labels',
    '#/train/a/labels',
    '#/data/%E0%A4%A',
    '#/__proto__',
  ]) {
    expect(parseRoute(hash)).toEqual({ screen: 'not-found', hash });
  }
});
