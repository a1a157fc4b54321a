import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { AppError } from '../../../src/core/errors';
import type { Run } from '../../../src/core/run/record';
import type { Hone } from '../../../src/state/hone.svelte';
import { refusals } from '../../../src/ui/broken-off';
import BrokenOff from '../../../src/ui/screens/running/BrokenOff.svelte';
import WithHone from '../../helpers/WithHone.svelte';

afterEach(() => refusals.clear());

const PROMISE = 'the same as if nothing had happened';

async function draw(training: Partial<Hone['training']>, error: AppError | null = null, datasets = ['d']) {
  const start = vi.fn((_: { backend: string }) => Promise.resolve('new'));
  const remove = vi.fn();
  const hone = {
    training: { busy: false, runId: null, start, ...training },
    router: { go: () => undefined },
    runs: { remove, byId: () => null },
    datasets: { loaded: true, byId: (id: string) => (datasets.includes(id) ? { id } : null) },
    toasts: { show: () => undefined },
  } as unknown as Hone;
  const request = { name: 'A run', datasetId: 'd', backend: 'webgpu' };
  const run = {
    id: 'r',
    datasetId: 'd',
    datasetName: 'Tickets',
    progress: null,
    folds: [],
    error,
    request,
  } as unknown as Run;
  const view = await render(WithHone, { hone, component: BrokenOff, given: { run, error } });
  return { start, remove, said: () => view.container.textContent };
}

const button = (name: string) => page.getByRole('button', { name });

test('a run that another version began: it says so and stays said, promises nothing and leaves what is possible', async () => {
  const foreign = new AppError('checkpoint-foreign', 'Begun by another version of Hone.');
  const { said } = await draw({ goOn: () => Promise.reject(foreign) });
  expect(said()).toContain(PROMISE);
  await button('Resume').click();
  await expect.poll(said).toContain('It was not resumed. Begun by another version of Hone.');
  expect(said()).not.toContain(PROMISE);
  await expect.element(button('Resume')).not.toBeInTheDocument();
  await expect.element(button('Finish with what there is')).toBeInTheDocument();
});

test('a run whose data set is deleted says so, and not that a file be opened', async () => {
  const { said } = await draw({}, new AppError('device-lost', 'It can be resumed.'), []);
  expect(said()).toContain('was deleted, so it cannot be resumed');
  expect(said()).not.toContain('It can be resumed.');
  await expect.element(button('Start it on the processor')).not.toBeInTheDocument();
  await expect.element(button('Resume')).not.toBeInTheDocument();
});

test('a run whose GPU is gone can be begun on the processor', async () => {
  const { start } = await draw({}, new AppError('no-webgpu', 'Choose WebAssembly.'));
  await button('Start it on the processor').click();
  expect(start.mock.calls[0]?.[0].backend).toBe('wasm');
});

test('while another run works, Resume is off and says why', async () => {
  await draw({ busy: true, runId: 'other' });
  await expect.element(button('Resume')).toHaveAccessibleDescription('Another run is under way; one at a time.');
});

test('it is not deleted while it is being finished', async () => {
  const { remove } = await draw({ finish: () => new Promise(() => undefined) });
  await button('Finish with what there is').click();
  await expect.element(button('Delete')).toHaveAttribute('aria-disabled', 'true');
  await button('Delete').click({ force: true });
  expect(remove).not.toHaveBeenCalled();
});
