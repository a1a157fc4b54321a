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
async function draw(
  take: (asked: Asked, options: Options) => Promise<unknown>,
  change: Record<string, unknown> = {},
  report: unknown = null,
) {
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
    request: { encoder: 'all-MiniLM-L6-v2', evaluation: { folds: 1, test: { kind: 'none' } } },
    ...change,
  };
  const hone = {
    router: { href: () => '#' },
    toasts: { show: () => undefined },
    runs: { byId: () => run, loaded: true, error: null, report: () => Promise.resolve(report) },
    datasets: {
      ...{ loaded: true, error: null },
      stored: () => ({ versions: [{ number: 3, rowCount: 1240, fileBytes: 150_000, labels: [] }] }),
    },
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

test('a run without a model says so: its bundle alone can be taken', async () => {
  await draw(() => Promise.resolve(), { hasWeights: false });
  await expect.element(page.getByText('The run kept no model, so the bundle has no weights.')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Save Run bundle' })).toBeVisible();
  expect(page.getByRole('button', { name: /^Save / }).elements()).toHaveLength(1);
});

test('the bundle says before it is written that it holds the person’s rows, then what was read back of it', async () => {
  const manifest = {
    ...{ schema: 'hone.run-bundle', version: 1, data: { rows: 1240 } },
    files: [{ path: 'run.json', bytes: 9, sha256: 'c'.repeat(64) }],
  };
  const file = { format: 'run-bundle', place: 'here', name: 'house-style-run-2-run.zip', bytes: 10, parity: manifest };
  const { asked, saved } = await draw(() => Promise.resolve(file));
  await expect.element(page.getByText('holds your data: all 1,240 rows of «House style», version 3')).toBeVisible();
  await page.getByRole('button', { name: 'Save Run bundle' }).click();
  await expect.element(row('Run bundle')).toHaveTextContent('2 files, 1,240 rows, the same as here');
  expect(asked).toMatchObject([{ format: 'run-bundle' }]);
  await vi.waitFor(() => expect(saved).toEqual(['house-style-run-2-run.zip']));
  await page.getByRole('button', { name: 'How to open Run bundle' }).click();
  await expect.element(page.getByText('Drop it on this page, in this browser or another')).toBeVisible();
});

const chosen = {
  ...{ task: 'classification', method: 'features', model: { trained_parameters: 2_000 }, settings: {} },
  recipes: {
    final: { how: 'average', recipes: ['MiniLM L6, last three layers, centred', 'MiniLM L6, last layer, centred'] },
    plain: { accuracy: 0.862, macro_f1: 0.85 },
    gain: { accuracy: { mean_difference: 0.009, ci95: [-0.002, 0.02] } },
  },
};
const classifier = { method: 'features', modelId: 'all-MiniLM-L6-v2' };

test('a classifier that no file holds says so, with what the plain one beside it is worth, and saves that', async () => {
  const { asked } = await draw(() => new Promise(() => undefined), classifier, chosen);
  await expect
    .element(page.getByText(/answers by the mean of 2 recipes.+86\.2 % right, −0\.9 points.+−2\.0 to \+0\.2\./))
    .toBeVisible();
  await expect.element(row('ONNX, int8')).toHaveTextContent('26 MB');
  await expect.element(page.getByText('read a text by its first token')).toBeVisible();
  // The page holds it whole.
  await expect.element(row('One page, float16')).toHaveTextContent('58 MB');
  await page.getByRole('button', { name: 'How to open One page', exact: true }).click();
  await expect.element(page.getByText(/^Double click .+\.html, or drop it/)).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Save One page', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Save plainly ONNX, int8' }).click();
  await vi.waitFor(() => expect(asked).toEqual([{ runId: 'r', format: 'onnx-int8', place: 'here' }]));
});

test('a classifier that a file holds is saved as it is, told by its probabilities', async () => {
  const own = {
    ...{ schema: 'hone.parity', version: 1, task: 'classification', format: 'onnx', dtype: 'float32', plain: false },
    ...{ base: { id: 'm', sha256: 'a' }, labels: 2, computed_on: 'wasm', tolerance: 1e-4, same: true, files: [] },
    ...{
      rows: [{ what: 'longest', tokens: 9, largest_difference: 3e-6, same_answer: true }],
      largest_difference: 3e-6,
    },
    answers: { rows: 1, same: 1 },
  };
  await draw(
    () => Promise.resolve({ format: 'onnx', place: 'here', name: 'n.zip', bytes: 9, parity: own }),
    { ...classifier, method: 'top-layers' },
    { ...chosen, method: 'top-layers' },
  );
  await page.getByRole('button', { name: 'Save ONNX, float32', exact: true }).click();
  await expect.element(row('ONNX, float32')).toHaveTextContent('Same answers');
  await expect.element(row('ONNX, float32')).toHaveTextContent('1 row, probabilities differ by 3e-6 at most');
  await expect.element(page.getByText('the plain classifier')).not.toBeInTheDocument();
});
