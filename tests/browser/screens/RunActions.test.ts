import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { Run, RunSearch } from '../../../src/core/run/record';
import type { Hone } from '../../../src/state/hone.svelte';
import RunActions from '../../../src/ui/screens/running/RunActions.svelte';
import WithHone from '../../helpers/WithHone.svelte';

const CLIMBING: RunSearch = {
  table: null,
  now: { rung: 'features', candidate: 0, tries: 0, done: 1, share: 1 },
  skipped: [],
  stopped: false,
};

async function draw(search: RunSearch | null, stopping = false) {
  const stop = vi.fn();
  const hone = { training: { stop, stopping, busy: true }, router: { href: () => '#' } } as unknown as Hone;
  const request = search === null ? {} : { search: { budgetMs: null, measured: null } };
  const run = { id: 'r', datasetId: 'd', hasWeights: false, summary: null, request } as unknown as Run;
  const view = { live: true, state: 'running', folds: [], search, error: null };
  await render(WithHone, { hone, component: RunActions, given: { run, view } });
  return stop;
}

const button = (name: string) => page.getByRole('button', { name });

test('a search is stopped at once while its rungs are climbed, and Cancel names what would keep them', async () => {
  const stop = await draw(CLIMBING);
  await button('Good enough, stop here').click();
  expect(stop).toHaveBeenCalledTimes(1);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(page.getByRole('dialog')).toHaveTextContent('“Good enough, stop here” would end the search');
});

test('in its final fit it asks first, and says that there will be no model', async () => {
  const stop = await draw({ ...CLIMBING, now: null });
  await button('End without a model').click();
  expect(stop).not.toHaveBeenCalled();
  await expect.element(page.getByRole('dialog')).toHaveTextContent('there is nothing to try or to take');
  await button('Keep fitting').click();
  expect(stop).not.toHaveBeenCalled();
  await button('End without a model').click();
  await page.getByRole('dialog').getByRole('button', { name: 'End without a model' }).click();
  expect(stop).toHaveBeenCalledTimes(1);
});

test('a stop that was asked for says so, and is not asked for again', async () => {
  await draw(null, true);
  await expect.element(button('Stopping')).toHaveAttribute('aria-disabled', 'true');
});
