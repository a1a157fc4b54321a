/** What is said of handing a run over: which trainers take it, what means the same there, what was read back. */
import { expect, test } from 'vitest';
import { autoChoices, resolveSettings } from '../../../../src/core/settings/defaults';
import { factsOf } from '../../../../src/core/settings/facts';
import { otherTrainers, proofWords, settingLines, trainersOf } from '../../../../src/ui/screens/take/hand-over-words';

const facts = factsOf({ rowCount: 100, labels: [{ label: 'a', count: 100 }] }, null, {
  ...{ backend: 'wasm' as const, evaluation: { folds: 5, test: { kind: 'none' as const } }, limit: 0 },
  model: { layers: 6, maxTokens: 256 },
});

test('a run is offered the trainers of its task, and is told why not the others', () => {
  expect(trainersOf('top-layers').map(({ id }) => id)).toEqual(['trainer', 'trainer-ray']);
  expect(trainersOf('generation-adapter').map(({ id }) => id)).toEqual(['trl', 'trl-ray', 'axolotl', 'llama-factory']);
  expect(trainersOf('features')).toEqual([]);
  expect(otherTrainers('top-layers')).toEqual({
    titles: 'TRL, Axolotl, LLaMA-Factory',
    why: 'for written answers; this run sorts into labels',
  });
  expect(otherTrainers('generation-adapter').titles).toBe('Hugging Face Trainer');
});

test('settings are named as on the form, those that do not mean the same apart', () => {
  const { settings } = resolveSettings('top-layers', autoChoices(), facts);
  const { same, others } = settingLines('script', settings);
  expect(same).toMatch(/^rows, folds, layers to adjust, .*learning rate, longest text, .*L1 penalty, L2 penalty$/);
  expect(others).toBe('features of the frozen model');
});

test('what was read back is counted in words', () => {
  const words = (rows: { training: number; held_out: number; by_fold: number[] }): string =>
    proofWords({ task: 'hand-over', format: 'hand-over:trl', rows, files: [] }).line;
  expect(words({ training: 80, held_out: 0, by_fold: [40, 40] })).toBe(
    '0 files, 80 rows in 2 folds, split as in the run',
  );
  expect(words({ training: 40, held_out: 10, by_fold: [] })).toBe(
    '0 files, 40 rows and 10 rows held out, split as in the run',
  );
});
