/** Checks before a run: what the rows suggest, until a person adds, changes or takes away. Worker and storage are made up. */
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { CheckSpec } from '../../../src/core/checks/check';
import type { Dataset } from '../../../src/core/data/dataset';
import { AppError } from '../../../src/core/errors';
import { ChosenChecks as State } from '../../../src/state/chosen-checks.svelte';
import type { Hone } from '../../../src/state/hone.svelte';
import { openDatabase } from '../../../src/storage/database';
import { saveDataset } from '../../../src/storage/datasets';
import type { HoneDatabase } from '../../../src/storage/schema';
import ChosenChecks from '../../../src/ui/screens/train/ChosenChecks.svelte';
import WithHone from '../../helpers/WithHone.svelte';

const json: CheckSpec = { kind: 'json', parameters: {}, reason: 'All 30 answers are JSON.' };
const place = { datasetId: 'd', version: 1 };
const bare: Dataset = {
  ...{ id: 'd', name: 'set', task: 'generation', createdAt: 1, currentVersion: 1, sample: false, nextRowId: 0 },
  versions: [],
};

let database: HoneDatabase | null = null;
afterEach(() => database?.close());

async function draw(suggest: () => Promise<CheckSpec[]>, checks?: CheckSpec[]) {
  database = await openDatabase({ name: crypto.randomUUID() });
  const dataset: Dataset = { ...bare, ...(checks && { checks }) };
  await saveDataset(database, { dataset, rows: [], tokenCounts: null, file: null });
  const put: Dataset[] = [];
  const asked: unknown[] = [];
  const chosenChecks = new State(
    Promise.resolve(database),
    { suggestChecks: (of) => (asked.push(of), suggest()) },
    { put: (changed) => void put.push(changed) },
    { announce: () => undefined },
  );
  const toasts = { show: () => undefined };
  const hone = { chosenChecks, toasts } as unknown as Hone;
  const drawn = await render(WithHone, { hone, component: ChosenChecks, given: { dataset, place } });
  const again = async () => {
    const changed = put.at(-1);
    if (changed === undefined) throw new Error('nothing was kept');
    await drawn.rerender({ hone, component: ChosenChecks, given: { dataset: changed, place } });
  };
  return { chosenChecks, dataset, put, asked, again };
}

test('what the rows suggest stands there with its reason, and is what a run takes with it', async () => {
  const { chosenChecks, dataset, asked } = await draw(() => Promise.resolve([json]));
  await expect
    .element(page.getByRole('listitem'))
    .toHaveTextContent('Is JSONreads without repair. All 30 answers are JSON.');
  expect(asked).toEqual([place]);
  expect(chosenChecks.of(place, dataset)).toEqual([json]);
  await chosenChecks.suggest(place);
  expect(asked).toHaveLength(1);
});

test('one that is added is kept with the data set beside those; one is taken away; and all can be let go', async () => {
  const { put, again } = await draw(() => Promise.resolve([json]));
  await page.getByRole('button', { name: 'Add a check' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a check' });
  await dialog.getByLabelText('Check', { exact: true }).selectOptions('Contains a text');
  await dialog.getByLabelText('Text', { exact: true }).fill('sorry');
  await dialog.getByRole('button', { name: 'Check answers by it' }).click();
  const sorry = { kind: 'contains', parameters: { text: 'sorry', case: false, not: false }, reason: '' };
  await expect.poll(() => put.at(-1)?.checks).toEqual([json, sorry]);
  await again();
  await page.getByRole('button', { name: 'Take «Is JSON» away' }).click();
  await expect.poll(() => put.at(-1)?.checks).toEqual([sorry]);
  await again();
  await page.getByRole('button', { name: 'Back to what the rows suggest' }).click();
  await expect.poll(() => put.at(-1)).not.toHaveProperty('checks');
  await again();
  await expect.element(page.getByRole('listitem')).toHaveTextContent('Is JSON');
});

test('checks that a person chose stand in place of what the rows suggest, none too', async () => {
  const { chosenChecks, dataset } = await draw(() => Promise.resolve([json]), []);
  await expect.element(page.getByText(/^None\. A check is counted/)).toBeVisible();
  expect(chosenChecks.of(place, dataset)).toEqual([]);
});

test('where nothing can be suggested it is said, and one can be added all the same', async () => {
  const { chosenChecks, dataset } = await draw(() => Promise.reject(new AppError('internal', 'The worker is gone.')));
  await expect.element(page.getByText(/could not be found out: The worker is gone\./)).toBeVisible();
  expect(chosenChecks.of(place, dataset)).toBeNull();
  await page.getByRole('button', { name: 'Add a check' }).click();
  await expect.element(page.getByRole('dialog', { name: 'Add a check' })).toBeVisible();
});
