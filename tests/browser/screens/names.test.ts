/** Answers by names alone, and rows near to a text, as the screens show them. */
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { Dataset } from '../../../src/core/data/dataset';
import { AppError } from '../../../src/core/errors';
import type { NamedLabels } from '../../../src/core/run/names-alone';
import type { Nearest } from '../../../src/core/run/nearest';
import type { Hone } from '../../../src/state/hone.svelte';
import type { NamesState } from '../../../src/state/names-alone.svelte';
import NamesFoot from '../../../src/ui/screens/data/NamesFoot.svelte';
import NamesPage from '../../../src/ui/screens/try/NamesPage.svelte';
import NearPanel from '../../../src/ui/screens/try/NearPanel.svelte';
import WithHone from '../../helpers/WithHone.svelte';

const router = { href: () => '#', go: () => undefined };

const datasetOf = (labels: readonly string[], labelDescriptions?: Record<string, string>): Dataset =>
  ({
    id: 'd',
    name: 'Mail',
    currentVersion: 1,
    versions: [
      {
        number: 1,
        fileName: 'mail.jsonl',
        mapping: { format: 'unknown' },
        labels: labels.map((label) => ({ label, count: 1 })),
      },
    ],
    labelDescriptions,
  }) as unknown as Dataset;

async function drawNames(dataset: Dataset | null) {
  const asked: { named: NamedLabels; texts: string[] }[] = [];
  const kept: unknown[] = [];
  const hone = {
    router,
    device: { backend: 'wasm' },
    toasts: { show: () => undefined },
    rows: {},
    datasets: { describeLabels: (_: string, changes: unknown) => Promise.resolve(void kept.push(changes)) },
    predictor: {
      answerNames(named: NamedLabels, texts: string[]) {
        asked.push({ named, texts });
        const shares = named.labels.map((_, i) => (i === 1 ? 0.8 : 0.2 / (named.labels.length - 1)));
        return Promise.resolve({
          labels: named.labels,
          tuned: [shares],
          base: [],
          tokens: [3],
          cut: [false],
          elapsedMs: 1,
        });
      },
    },
  } as unknown as Hone;
  const screen = await render(WithHone, { hone, component: NamesPage, given: { dataset } });
  return { screen, asked, kept };
}

test('two labels that say something are asked for, then a text is answered by them', async () => {
  const { screen, asked, kept } = await drawNames(null);
  await expect.element(page.getByLabelText('Text to sort')).toBeDisabled();
  const name = page.getByRole('textbox', { name: 'Label' });
  const means = page.getByRole('textbox', { name: 'What it means' });
  await name.nth(0).fill('7');
  await name.nth(1).fill('refund');
  await expect.element(page.getByText('one so far says something')).toBeVisible();
  await means.nth(0).fill('my parcel is late');
  await page.getByLabelText('Text to sort').fill('give it back');
  await expect.element(page.getByText(/answered in .* on the processor/)).toBeVisible();
  expect(screen.container.querySelector('.answer b')?.textContent).toBe('refund');
  expect(asked.at(-1)).toEqual({
    named: { labels: ['7', 'refund'], descriptions: { 7: 'my parcel is late', refund: '' } },
    texts: ['give it back'],
  });
  await screen.unmount();
  expect(kept).toEqual([]);
});

test('Enter adds a label, and a label that is taken away is no answer any more', async () => {
  const { asked } = await drawNames(null);
  const name = page.getByRole('textbox', { name: 'Label' });
  await name.nth(0).fill('refund');
  await name.nth(1).fill('delivery');
  await page.getByRole('textbox', { name: 'What it means' }).nth(1).click();
  await userEvent.keyboard('{Enter}bug{Tab}');
  await page.getByLabelText('Text to sort').fill('hello');
  await expect.poll(() => asked.at(-1)?.named.labels).toEqual(['refund', 'delivery', 'bug']);
  await page.getByRole('button', { name: 'Take delivery away' }).click();
  await expect.poll(() => asked.at(-1)?.named.labels).toEqual(['refund', 'bug']);
});

test('labels written for a data set without any are kept with it; one without words has its name', async () => {
  const { screen, kept } = await drawNames(datasetOf([], { refund: 'my money back' }));
  await expect.element(page.getByRole('textbox', { name: 'What it means' }).nth(0)).toHaveValue('my money back');
  await expect.element(page.getByRole('button', { name: 'Answer mail.jsonl' })).not.toBeInTheDocument();
  const name = page.getByRole('textbox', { name: 'Label' });
  await name.nth(1).fill('delivery');
  await expect.element(page.getByRole('button', { name: 'Answer mail.jsonl' })).toBeVisible();
  await userEvent.keyboard('{Tab}');
  await expect.poll(() => kept).toEqual([{ delivery: 'delivery' }]);
  // Another name is another label.
  await name.nth(1).fill('parcel');
  await userEvent.keyboard('{Tab}where it is{Tab}');
  await expect.poll(() => kept.slice(1)).toEqual([{ parcel: 'parcel', delivery: '' }, { parcel: 'where it is' }]);
  await page.getByRole('button', { name: 'Take refund away' }).click();
  await expect.poll(() => kept.at(-1)).toEqual({ refund: '' });
  await screen.unmount();
  expect(kept).toHaveLength(4);
});

test('labels of rows are described on the page of the data set, and answer here', async () => {
  const { screen, asked, kept } = await drawNames(datasetOf(['bug', 'refund'], { bug: 'it crashes' }));
  await page.getByLabelText('Text to sort').fill('hello');
  await expect
    .poll(() => asked.at(-1)?.named)
    .toEqual({
      labels: ['bug', 'refund'],
      descriptions: { bug: 'it crashes', refund: '' },
    });
  await screen.unmount();
  expect(kept).toEqual([]);
});

const score = (right: number, speaking = 6) => ({ right, speaking });

async function drawFoot(state: NamesState, descriptions?: Record<string, string>): Promise<string> {
  const names = { of: () => state, stop: () => undefined, measure: () => Promise.resolve() };
  const hone = { router, names } as unknown as Hone;
  const given = { dataset: datasetOf(['bug', 'refund'], descriptions) };
  const { container } = await render(WithHone, { hone, component: NamesFoot, given });
  return (container.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}

const MEASURED = {
  ...{ rows: 992, ofRows: 1240, labels: 6, encoders: ['all-MiniLM-L6-v2'] },
  ...{ described: score(708), bare: score(578, 4) },
};

test('the foot says how many rows descriptions and bare names get right, of how many, and by whom', async () => {
  const text = await drawFoot({ kind: 'done', measured: MEASURED, stale: false }, { bug: 'it crashes' });
  expect(text).toContain('With descriptions alone, no rows: 71.4 % of 992 right. With the bare names: 58.3 % right.');
  expect(text).toContain('2 of 6 labels say nothing and are never the answer.');
  expect(text).toContain('Read by MiniLM L6, a sample of 1,240 rows.');
  expect(text).toContain('Measure again');
  expect(text).not.toContain('Changed since');
});

test('the foot says so where nothing is described, where names say nothing, and where it is of before', async () => {
  const bare = await drawFoot({ kind: 'done', measured: { ...MEASURED, bare: score(0, 0) }, stale: true });
  expect(bare).toContain('With the bare names, no rows: nothing to answer by, none says anything.');
  expect(bare).not.toContain('With descriptions');
  expect(bare).toContain('Changed since: measure again.');
});

test('the foot shows how far it is, can be stopped, and says why it failed', async () => {
  expect(await drawFoot({ kind: 'working', done: 12, total: 900 })).toContain('Read 12 of 900 texts');
  expect(await drawFoot({ kind: 'failed', error: new AppError('busy', 'A run is working.') })).toContain(
    'A run is working.',
  );
});

const near = (line: number, similarity: number, change = {}) =>
  ({ line, text: `text ${line}`, label: 'bug', similarity, same: false, copies: 1, labels: 1, ...change }) as const;

async function drawNear(nearest: Nearest | null, here = true, fault: AppError | null = null): Promise<string> {
  const state = {
    ...{ answer: nearest && { text: 'a', nearest }, fault, progress: null, working: false },
    ...{ show: () => undefined, stop: () => undefined, readAll: () => undefined },
  };
  const hone = { router, nearest: state } as unknown as Hone;
  const { container } = await render(WithHone, { hone, component: NearPanel, given: { here, asked: 'a' } });
  return (container.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}

const ROWS = { kind: 'rows' as const, encoders: ['all-MiniLM-L6-v2'], asAnswered: true, rows: 96 };

test('near rows have their text, label, line, and how near they are in words and as a number', async () => {
  const text = await drawNear({
    ...ROWS,
    near: [near(4, 0.71), near(9, 0.29), near(23, 0.35, { copies: 3, labels: 2 })],
  });
  expect(text).toContain('of 96, by MiniLM L6');
  expect(text).toMatch(/text 4 ?bug ?very close 0.71 ?4/);
  expect(text).toMatch(/text 9 ?bug ?far 0.29 ?9/);
  expect(text).toMatch(/text 23 ?3 rows read the same ?bug ?and 1 other label ?loosely related 0.35 ?23/);
  expect(text).not.toContain('This very text');
});

test('the very text of a row is said, and so are vectors of before training', async () => {
  const same = near(1012, 1, { same: true, copies: 2 });
  const text = await drawNear({ ...ROWS, asAnswered: false, near: [same] });
  expect(text).toContain('This very text is row 1,012, and 1 other row read the same: the model has learned from it.');
  expect(text).toContain('by MiniLM L6 as it came: training changed it since');
});

test('rows that are not kept are offered to be read; a data set that is gone has none', async () => {
  expect(await drawNear({ kind: 'unread', texts: 9000, missing: 8000 })).toContain('Read 8,000 texts');
  expect(await drawNear(null, false)).toContain('The data of this run is not in this browser any more');
  expect(await drawNear(null, true, new AppError('out-of-memory', 'No room.'))).toContain('No room.');
});
