import { afterEach, beforeEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import type { RunProgress } from '../../src/core/run/record';
import PhasePanel from '../../src/ui/screens/running/PhasePanel.svelte';
import RunTop from '../../src/ui/screens/running/RunTop.svelte';
import type { RunView } from '../../src/ui/screens/running/view';
import { keepWordsMoving } from '../../src/ui/translator';
import { sampleRun } from '../helpers/run';
import { translate } from '../helpers/translator';

let stop: () => void;
beforeEach(() => (stop = keepWordsMoving(document.body)));
afterEach(() => stop());

function progressAt(done: number): RunProgress {
  return {
    phase: 'fold',
    message: `Checking fold ${done} of 5`,
    fold: done,
    folds: 5,
    epoch: 0,
    epochs: 1,
    step: done * 10,
    steps: 50,
    phaseProgress: done / 5,
    progress: done / 5,
    elapsedMs: done * 1000,
    leftMs: done === 0 ? null : 60_000,
    examplesPerSecond: 8,
  };
}
const viewAt = (done: number, state: RunView['state'] = 'running') =>
  ({
    live: true,
    state,
    progress: progressAt(done),
    device: null,
    folds: [],
    log: [],
    error: null,
    kept: null,
    estimate: null,
    probes: null,
    search: null,
  }) satisfies RunView;

/** Without the quotes of the translator above, and without the space between words. */
const said = (root: HTMLElement) => root.innerText.replace(/\s+/g, ' ');

test('the words of a run keep moving under a translator, again and again', async () => {
  const run = sampleRun('r');
  const { container, rerender } = await render(RunTop, { run, view: viewAt(0) });
  for (const done of [1, 2, 3]) {
    translate(container);
    await Promise.resolve();
    expect(said(container)).toContain(`«Checking fold ${done - 1} of 5.`);
    await rerender({ view: viewAt(done) });
    await expect.poll(() => said(container)).toContain(`Checking fold ${done} of 5.`);
    expect(said(container)).not.toContain(`Checking fold ${done - 1} of 5`);
    expect(said(container)).toContain('About 1 min left');
  }
  await rerender({ view: viewAt(3, 'paused') });
  await expect.poll(() => said(container)).toContain('Paused');
  expect(said(container)).not.toContain('min left');
});

test('what is no longer said goes with its translation, and stays nowhere twice', async () => {
  const given = { progress: progressAt(1), over: false, hasTest: true, curvesLater: true };
  const { container, rerender } = await render(PhasePanel, given);
  translate(container);
  await Promise.resolve();
  await rerender({ progress: { ...progressAt(5), phase: 'test' as const, message: 'Judging the test rows' } });
  await expect.poll(() => said(container)).toContain('Judging the test rows');
  expect(said(container)).not.toContain('Checking fold');
  await rerender({ progress: null, over: true });
  await expect.poll(() => said(container)).toContain('What happened');
  expect(said(container)).not.toMatch(/What happens|Judging the test rows/);
});

test('a translation that is taken back leaves the words of the page, once', async () => {
  const { container, rerender } = await render(RunTop, { run: sampleRun('r'), view: viewAt(1) });
  const before = said(container);
  translate(container);
  await Promise.resolve();
  for (const translation of container.querySelectorAll('font')) translation.remove();
  await expect.poll(() => said(container)).toBe(before);
  await rerender({ view: viewAt(2) });
  await expect.poll(() => said(container)).toContain('Checking fold 2 of 5.');
});

test('without it the page stands still under a translator', async () => {
  stop();
  const { container, rerender } = await render(RunTop, { run: sampleRun('r'), view: viewAt(0) });
  translate(container);
  await rerender({ view: viewAt(1) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(said(container)).not.toContain('Checking fold 1 of 5.');
});
