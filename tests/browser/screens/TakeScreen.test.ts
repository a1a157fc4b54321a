/** Take it with you: each state of a row, over a worker that is made up. */
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { AppError } from '../../../src/core/errors';
import type { TakenFile, TakeProgress } from '../../../src/core/export/take';
import { findModel } from '../../../src/core/models/registry';
import type { Hone } from '../../../src/state/hone.svelte';
import { Takes } from '../../../src/state/takes.svelte';
import TakeScreen from '../../../src/ui/screens/take/TakeScreen.svelte';
import WithHone from '../../helpers/WithHone.svelte';

interface Asked {
  runId: string;
  format: string;
  place: string;
}
type Options = { signal?: AbortSignal; onProgress?: (progress: TakeProgress) => void };

afterEach(() => vi.restoreAllMocks());

const parity = {
  ...{ schema: 'hone.parity', version: 1, format: 'peft', dtype: 'float32', computed_on: 'wasm' },
  base: { id: 'm', sha256: 'a' },
  rows: [{ what: 'one token', tokens: 1, largest_difference: 0, same_first_choices: 1 }],
  ...{ largest_difference: 0, relative_difference: 0, tolerance: 1e-5, same: true },
  files: [{ path: 'adapter_model.safetensors', bytes: 9, sha256: 'c'.repeat(64) }],
  ...{ first_choices: { places: 1, same: 1 }, answers: { rows: 1, same: 1 } },
} as const;

/** The screen over a worker; what it was asked, and what was handed over. */
async function draw(take: (asked: Asked, options: Options) => Promise<unknown>, change: Record<string, unknown> = {}) {
  const asked: Asked[] = [];
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  const client = {
    take(one: Asked, _backend: string, options: Options) {
      asked.push(one);
      return take(one, options) as Promise<TakenFile>;
    },
  };
  const place = {
    name: () => Promise.resolve('here'),
    clear: () => Promise.resolve(),
    file: ({ name }: { name: string }) => Promise.resolve(new File(['zip'], name)),
  };
  const run = {
    ...{ id: 'r', name: 'Run 2', method: 'generation-adapter', modelId: 'SmolLM2-135M-Instruct', state: 'succeeded' },
    ...{ datasetId: 'd', datasetName: 'House style', datasetVersion: 3, hasWeights: true, summary: {} },
    settings: { rank: 8, targetModules: 'all-linear' },
    ...change,
  };
  const hone = {
    router: { href: () => '#' },
    toasts: { show: () => undefined },
    runs: { byId: () => run, loaded: true, error: null },
    models: { entry: findModel },
    takes: new Takes(client, { backend: 'wasm' }, place),
  } as unknown as Hone;
  await render(WithHone, { hone, component: TakeScreen, given: { runId: 'r' } });
  return { asked, saved };
}

const row = (title: string) => page.getByRole('row', { name: new RegExp(title) });

test('every format has its size, what it is for and its code; Save has it written, proved and handed over', async () => {
  let done: (file: unknown) => void = () => undefined;
  const { asked, saved } = await draw((_, { onProgress }) => {
    onProgress?.({ phase: 'writing', done: 2e6, total: 10e6 });
    return new Promise((resolve) => (done = resolve));
  });
  await expect.element(row('transformers folder')).toHaveTextContent('271 MB');
  await expect.element(row('GGUF, Q8_0')).toHaveTextContent('144 MB');
  await expect.element(page.getByText('its 4-bit file, unpacked')).toBeVisible();
  await page.getByRole('button', { name: 'Save PEFT adapter folder' }).click();
  await expect.element(row('PEFT adapter')).toHaveTextContent('2.0 MB of 10 MB');
  await expect.element(page.getByRole('progressbar', { name: 'PEFT adapter folder, being written' })).toBeVisible();
  expect(asked).toEqual([{ runId: 'r', format: 'peft', place: 'here' }]);
  expect(saved).toEqual([]);
  done({ format: 'peft', place: 'here', name: 'house-style-run-2-peft.zip', bytes: 9_800_000, parity });
  await expect.element(row('PEFT adapter')).toHaveTextContent('Same answers');
  await vi.waitFor(() => expect(saved).toEqual(['house-style-run-2-peft.zip']));
  await page.getByRole('button', { name: 'Code for PEFT adapter folder' }).click();
  await expect.element(page.getByText('"house-style-run-2")')).toBeVisible();
  await expect.element(page.getByText('cccccccc…cccccccc')).toBeVisible();
  // What is there is handed over again without being written.
  await page.getByRole('button', { name: 'Save PEFT adapter folder' }).click();
  await vi.waitFor(() => expect(saved).toHaveLength(2));
  expect(asked).toHaveLength(1);
});

test('a cancel ends it and says that nothing was kept', async () => {
  const { saved } = await draw(
    (_, { signal }) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(new AppError('cancelled', 'Stopped.'))),
      ),
  );
  await page.getByRole('button', { name: 'Save GGUF adapter' }).click();
  await page.getByRole('button', { name: 'Cancel GGUF adapter' }).click();
  await expect.element(row('GGUF adapter')).toHaveTextContent('Cancelled. Nothing of it was kept.');
  await expect.element(page.getByRole('button', { name: 'Save GGUF adapter' })).toBeVisible();
  expect(saved).toEqual([]);
});

test('a file that differs is not handed over, and says why', async () => {
  const why = 'It was written and does not answer as the run does.';
  const { saved } = await draw(() => Promise.reject(new AppError('export-differs', why)));
  await page.getByRole('button', { name: 'Save GGUF, F16' }).click();
  await expect.element(row('GGUF, F16')).toHaveTextContent('Not offered');
  await expect.element(page.getByText(why)).toBeVisible();
  expect(saved).toEqual([]);
});

test('a run without a model says so', async () => {
  await draw(() => Promise.resolve(), { hasWeights: false });
  await expect.element(page.getByText('This run kept no model')).toBeVisible();
});

test('a classifier cannot be taken away yet, and is told so', async () => {
  await draw(() => Promise.resolve(), { method: 'features' });
  await expect.element(page.getByText('Not as a model yet')).toBeVisible();
});
