import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { Run } from '../../../src/core/run/record';
import type { Hone } from '../../../src/state/hone.svelte';
import TryPage from '../../../src/ui/screens/try/TryPage.svelte';
import WithHone from '../../helpers/WithHone.svelte';

/** The screen of a run whose model says «spam» where the one before said «ham». */
async function draw(method: Run['method']): Promise<() => string[]> {
  const prediction = { labels: ['ham', 'spam'], tuned: [[0.1, 0.9]], base: [[0.7, 0.3]], tokens: [3], cut: [false] };
  const hone = {
    router: { href: () => '#', go: () => undefined },
    predictor: { predict: () => Promise.resolve({ ...prediction, elapsedMs: 5 }) },
    device: { backend: 'wasm' },
    datasets: { byId: () => null },
    rows: {},
    nearest: {
      open: () => undefined,
      close: () => undefined,
      show: () => undefined,
      answer: null,
      fault: null,
      progress: null,
    },
    runs: { report: () => Promise.resolve(null) },
  } as unknown as Hone;
  const run = { id: 'r', name: 'My run', method, datasetId: 'd', datasetName: 'Mail', summary: null } as unknown as Run;
  const { container } = await render(WithHone, { hone, component: TryPage, given: { run, usable: [run] } });
  await page.getByLabelText('Text to sort').fill('win cash');
  await expect.element(page.getByText(/answered in/)).toBeVisible();
  return () =>
    [...container.querySelectorAll('.vs > div')].map(
      (column) => `${column.querySelector('h2')?.textContent}: ${column.querySelector('.answer')?.textContent.trim()}`,
    );
}

test('Before is the model as it came, After is the trained one', async () => {
  const columns = await draw('full');
  expect(columns()).toEqual(['Before: ham70.0 %', 'After: spam90.0 %']);
});

test('features only has the one answer', async () => {
  const columns = await draw('features');
  expect(columns()).toEqual(['Answer: spam90.0 %']);
});
