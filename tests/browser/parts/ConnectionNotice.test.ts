/** What the page says while what an earlier version kept is brought up to date. */
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { Connection, type ConnectionOptions } from '../../../src/state/connection.svelte';
import type { Hone } from '../../../src/state/hone.svelte';
import type { HoneDatabase } from '../../../src/storage/schema';
import type { TellUpgrade } from '../../../src/storage/upgrade-progress';
import ConnectionNotice from '../../../src/ui/shell/ConnectionNotice.svelte';
import WithHone from '../../helpers/WithHone.svelte';

test('a long upgrade is told with its progress, a short one is not, and neither once it is over', async () => {
  let ms = 0;
  let tell: TellUpgrade = () => undefined;
  let opened = (): void => undefined;
  const open: ConnectionOptions['open'] = (options) => {
    tell = (progress) => options?.onUpgrade?.(progress);
    return new Promise((resolve) => (opened = () => resolve({} as HoneDatabase)));
  };
  const connection = new Connection({ holds: () => false, onAwaited: () => undefined, elapsed: () => ms, open });
  const hone = { connection, training: { busy: false } } as unknown as Hone;
  await render(WithHone, { hone, component: ConnectionNotice, given: {} });
  const title = page.getByText('What an earlier version kept is brought up to date');
  tell({ store: 'runs', done: 3, total: 4 });
  ms = 299;
  tell({ store: 'runs', done: 4, total: 4 });
  expect(connection.upgrade).toBeNull();
  ms = 300;
  tell({ store: 'curves', done: 1_200, total: 4_000 });
  await expect.element(title).toBeVisible();
  await expect.element(page.getByText(/Curves of runs: 1,200 of 4,000\. Nothing is lost/)).toBeVisible();
  await expect
    .element(page.getByRole('progressbar', { name: 'Curves of runs' }))
    .toHaveAttribute('aria-valuenow', '30');
  opened();
  await connection.database;
  await expect.element(title).not.toBeInTheDocument();
});
