/** The panel of encoders with the form behind it, and the state of models behind the cards. */
import { createRawSnippet, type Snippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { AppError } from '../../../src/core/errors';
import type { ModelEntry } from '../../../src/core/models/card';
import { modelsFor, findModel } from '../../../src/core/models/registry';
import type { ModelState } from '../../../src/state/models.svelte';
import EncoderPanel from '../../../src/ui/screens/train/EncoderPanel.svelte';
import ModelPlace from '../../../src/ui/parts/ModelPlace.svelte';

const models = modelsFor('classification');
const [miniLm] = models;
const e5 = findModel('multilingual-e5-small');
const act = (): void => undefined;

/** A card of nothing but its button. */
const card = createRawSnippet<[ModelEntry, Snippet<[ModelEntry]>]>((model) => ({
  render: () => `<p>${model().title}</p>`,
}));

const panel = {
  models,
  encoder: 'auto',
  readers: [...models],
  trains: false,
  why: 'MiniLM L6: it knows the languages of these rows.',
  methodTitle: 'Features only',
  recipe: 'choose' as const,
  languages: null,
  onChoose: act,
  card,
};

test('choosing by measurement stands first, then both; the arrow keys go from one to the other', async () => {
  const onChoose = vi.fn();
  await render(EncoderPanel, { ...panel, onChoose });
  const group = page.getByRole('radiogroup', { name: 'Encoder' });
  await expect.element(group.getByRole('radio', { name: 'Choose for me' })).toBeChecked();
  await group.getByRole('radio', { name: 'Choose for me' }).click();
  await userEvent.keyboard('{ArrowDown}');
  expect(onChoose).toHaveBeenLastCalledWith('both');
});

test('with a plain recipe nothing is said to be tried', async () => {
  const { rerender } = await render(EncoderPanel, { ...panel });
  await expect.element(page.getByText('Tries up to 11 recipes inside each fold')).toBeVisible();
  await rerender({ ...panel, recipe: 'plain' });
  await expect.element(page.getByText('since the recipe is set to plain below')).toBeVisible();
  await expect.element(page.getByText('Tries up to')).not.toBeInTheDocument();
});

test('a method that trains takes one encoder: both is off and says why, and the choice for me says which', async () => {
  await render(EncoderPanel, { ...panel, trains: true, readers: [miniLm], methodTitle: 'Top layers' });
  const both = page.getByRole('radio', { name: 'Both, side by side' });
  await expect.element(both).toBeDisabled();
  await expect.element(both).toHaveAccessibleDescription(/^Off: Top layers changes the encoder itself/);
  await expect.element(page.getByText('Top layers changes one encoder. MiniLM L6: it knows')).toBeVisible();
});

test('rows in languages that the chosen encoder does not know are said', async () => {
  const languages = {
    looked: 20,
    languages: [
      { code: 'en', rows: 15 },
      { code: 'de', rows: 5 },
    ],
    unclear: 0,
  };
  await render(EncoderPanel, { ...panel, encoder: miniLm.id, readers: [miniLm], languages });
  await expect.element(page.getByText('5 rows are in languages that MiniLM L6 does not know')).toBeVisible();
});

const place = {
  model: e5,
  fault: null,
  others: [],
  runsHref: '#/runs',
  dataHref: '#/data',
  onFetch: act,
  onStop: act,
  onRemove: act,
};
const partly: ModelState = {
  kind: 'partly',
  ...{ bytesKept: 52e6, bytesTotal: 72e6, shards: 5, nextShard: 4, whole: false },
};

test('a fetch that broke off shows how far it came, and goes on by a button', async () => {
  const onFetch = vi.fn();
  await render(ModelPlace, { ...place, state: partly, onFetch });
  await expect.element(page.getByText('52 of 72 MB here; goes on from shard 4 of 5.')).toBeVisible();
  await expect.element(page.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '72');
  await page.getByRole('button', { name: 'Go on, 20 MB left' }).click();
  expect(onFetch).toHaveBeenCalledOnce();
});

test('a fetch under way can be stopped, and a model that is here offers nothing to fetch', async () => {
  const onStop = vi.fn();
  const progress = { bytesKept: 1e6, bytesTotal: 72e6, shard: 1, shards: 5 };
  const { rerender } = await render(ModelPlace, { ...place, state: { kind: 'fetching', progress }, onStop });
  await page.getByRole('button', { name: 'Stop fetching' }).click();
  expect(onStop).toHaveBeenCalledOnce();
  await rerender({ ...place, state: { kind: 'here', bytes: 72e6 } });
  await expect.element(page.getByText('In this browser already')).toBeVisible();
  expect(page.getByRole('button').elements()).toEqual([]);
});

test('no room says what is needed, where to free some, and offers to take another model out', async () => {
  const fault = new AppError(
    'storage-full',
    'E5 multilingual needs 74 MB more, and this browser has 20 MB left for Hone.',
  );
  const onRemove = vi.fn();
  const others = [{ model: miniLm, bytes: 46e6 }];
  await render(ModelPlace, { ...place, state: { kind: 'absent' }, fault, others, onRemove });
  await expect
    .element(page.getByRole('alert'))
    .toHaveTextContent(/needs 74 MB more.*20 MB left.*Delete runs or data sets/);
  await expect.element(page.getByRole('link', { name: 'runs' })).toHaveAttribute('href', '#/runs');
  await page.getByRole('button', { name: 'Take MiniLM L6 out, 46 MB' }).click();
  expect(onRemove).toHaveBeenCalledWith(miniLm.id);
});
