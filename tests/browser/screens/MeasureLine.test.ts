import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { AppError } from '../../../src/core/errors';
import type { Measurement } from '../../../src/state/measuring.svelte';
import MeasureLine from '../../../src/ui/screens/train/MeasureLine.svelte';

const failed: Measurement = { kind: 'failed', error: new AppError('busy', 'A run is working. Wait for its end.') };
const estimate = { totalMs: 60_000, bytes: 1e8, backend: 'wasm', folds: 3, epochs: 4 } as const;

test.each([failed, { kind: 'done', estimate } as const])(
  'what was measured once can be measured again: a fault may have passed',
  async (measurement) => {
    const onMeasure = vi.fn();
    await render(MeasureLine, { measurement, possible: true, onMeasure, onStop: () => undefined });
    await page.getByRole('button', { name: 'Measure again' }).click();
    expect(onMeasure).toHaveBeenCalledOnce();
  },
);

test('a device that is in use is said to be that', async () => {
  const act = (): void => undefined;
  await render(MeasureLine, { measurement: failed, possible: true, onMeasure: act, onStop: act });
  await expect.element(page.getByRole('status')).toHaveTextContent('The device is in use. A run is working.');
});
