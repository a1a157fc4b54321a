import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { Hone } from '../../../src/state/hone.svelte';
import BenchScreen from '../../../src/ui/screens/bench/BenchScreen.svelte';
import WithHone from '../../helpers/WithHone.svelte';

afterEach(() => vi.restoreAllMocks());

const result = {
  device: { backend: 'wasm', name: 'a processor', software: false },
  dispatches: { step: null, forward: null },
  seconds: { step: 0.25, forward: null },
  bytes: { peak: null, peak_ratio: null, growth: null },
  top_layers: { layers: 2, dispatches: null, seconds: null, peak_bytes: null },
  differing_bits: { same_seed: null, resume: null },
  gflops: null,
};

async function draw(busy = false) {
  const hone = {
    bench: { results: { wasm: result }, doing: null, backend: null, error: null, stop: () => undefined },
    device: { webgpu: null, known: true, reason: 'This browser found no GPU that it can use.' },
    training: { busy },
    toasts: { show: () => undefined },
  } as unknown as Hone;
  await render(WithHone, { hone, component: BenchScreen, given: {} });
}

test('where the browser does not let the page copy, the result stands there to be selected', async () => {
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new DOMException('No.', 'NotAllowedError'));
  await draw();
  const text = page.getByRole('textbox', { name: 'The result as JSON' });
  await expect.element(text).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'Copy the result' }).click();
  await expect.element(text).toHaveValue(JSON.stringify([result], null, 2));
});

test('what a stop left out is not shown as if it were still to come', async () => {
  await draw();
  await expect.element(page.getByRole('row', { name: /^Forward pass/ })).toHaveTextContent('not measured');
});

test('why a backend cannot be measured is said in words, to a screen reader with the button', async () => {
  await draw();
  const gpu = page.getByRole('button', { name: 'Graphics processor' });
  await expect.element(gpu).toHaveAccessibleDescription('This browser found no GPU that it can use.');
});

test('beside a run neither is measured', async () => {
  await draw(true);
  for (const name of ['Graphics processor', 'Processor']) {
    const button = page.getByRole('button', { name, exact: true });
    await expect.element(button).toHaveAccessibleDescription('A run is under way; measuring would disturb both.');
  }
});
