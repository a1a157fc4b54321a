/** What the estimate counts before a run, by examples worked out by hand: one operation a padded token and layer. */
import { expect, test } from 'vitest';
import type { ModelCounts } from '../../../../../src/core/models/counts';
import type { Method, Settings } from '../../../../../src/core/settings/settings';
import type { FitLoad, Load } from '../../../../../src/engine/fit/load';
import type { LoadQuestion } from '../../../../../src/engine/tasks/classification/method';
import { featuresLoad } from '../../../../../src/engine/tasks/classification/methods/features-load';
import { classificationMethod } from '../../../../../src/engine/tasks/classification/registry';
import { toyInput, toyModel } from '../../../fit/toy';
import { startBackend } from '../../../../helpers/tf-node';

const COUNTS: ModelCounts = {
  ...{ layers: 4, hiddenSize: 10, embeddingParameters: 0, layerParameters: 0, widestRow: 0 },
  layerActivations: () => 0,
  layerFlops: ({ batch, tokens }) => batch * tokens,
};

const all = (rows: number, length: number): Int32Array => new Int32Array(rows).fill(length);

/** 200 rows of 8 tokens, 160 of them in a fold, 10 to test of 16; half of the frozen layers' output is not kept. */
async function loadOf(method: Method, change: Partial<Settings> = {}, question: Partial<LoadQuestion> = {}) {
  await startBackend('wasm');
  const { settings } = toyInput(method, toyModel()).plan;
  const own = { nEpochs: 3, batchSize: 8, gradientAccumulation: 1, earlyStoppingPatience: 2, layers: 1 };
  return classificationMethod(method).load({
    ...{ lengths: all(200, 8), testLengths: all(10, 16), classes: 2, counts: COUNTS, foldRows: 160, again: 0.5 },
    settings: { ...settings, ...own, maxSteps: 40, ...change },
    sizes: [10, 20],
    ...question,
  });
}

const expectLoad = ({ passes, flops }: Load, [p, f]: [passes: number, flops: number]): void => {
  expect(passes).toBeCloseTo(p, 8);
  expect(flops).toBeCloseTo(f, 6);
};
const expectFit = (fit: FitLoad, forward: [number, number], training: [number, number], solving = 0): void => {
  expectLoad(fit.forward, forward);
  expectLoad(fit.training, training);
  expect(fit.solving).toBeCloseTo(solving, 6);
};

test('top layers: steps of one layer, the frozen three again for half of what is read', async () => {
  const load = await loadOf('top-layers');
  expect(load.kind).toBe('train');
  // 200 rows are four passes of 64 at most: one layer, and half of three.
  expectLoad(load.answering, [4 + 2, 1600 + 2400]);
  expectLoad(load.testing, [1, 160]);
  // 24 of 160 rows are set aside: 17 steps a pass, three passes, one look at the end of each.
  expectFit(load.fold, [6 * 0.36 + 4 * 1.02, 4000 * 0.36 + 4800 * 1.02], [51, 3 * 1600 * 2.04]);
  expectFit(load.final, [4 * 1.5, 4800 * 1.5], [75, 3 * 1600 * 3]);
});

test('long passes are looked into four times', async () => {
  // 68 steps a pass, a look every 17.
  const load = await loadOf('top-layers', { batchSize: 2 });
  expectFit(load.fold, [6 * 1.44 + 4 * 1.02, 4000 * 1.44 + 4800 * 1.02], [204, 3 * 1600 * 2.04]);
});

test('without early stopping the rows of the fold itself are looked at, once a pass', async () => {
  const load = await loadOf('top-layers', { earlyStoppingPatience: 0 });
  expectFit(load.fold, [6 * 0.6 + 4 * 1.2, 4000 * 0.6 + 4800 * 1.2], [60, 3 * 1600 * 2.4]);
});

test('of a thousand rows beside a fold five hundred are looked at', async () => {
  const question = { lengths: all(1300, 8), foldRows: 700, again: 0 };
  const load = await loadOf('full', { earlyStoppingPatience: 0, nEpochs: 1 }, question);
  expectLoad(load.answering, [21, 4 * 10_400]);
  expect(load.fold.forward.flops).toBeCloseTo(4 * 500 * 8, 6);
});

test('everything: nothing is frozen, and nothing is computed again', async () => {
  const load = await loadOf('full');
  expectLoad(load.answering, [4, 4 * 1600]);
  expectFit(load.final, [0, 0], [75, 4 * 3 * 1600 * 3]);
  expectFit(load.fold, [4 * 0.36, 6400 * 0.36], [51, 4 * 3 * 1600 * 2.04]);
});

test('adapter: a step without the gradients of the layers takes two passes forward, not three', async () => {
  const load = await loadOf('adapter');
  expectFit(load.final, [0, 0], [75, 4 * 2 * 1600 * 3]);
  expectLoad(load.testing, [1, 4 * 160]);
});

test('few examples: steps of batches, and heads on all rows', async () => {
  const load = await loadOf('few-examples');
  expect(load.kind).toBe('train');
  expectLoad(load.answering, [4, 6400]);
  expectLoad(load.testing, [1, 640]);
  // A step is eight rows of 8 tokens through four layers, three times.
  expectFit(load.fold, [3.2, 5120], [40, 40 * 768], 160 * 2 * 10);
  expectFit(load.final, [4, 6400], [40, 40 * 768], 200 * 2 * 10);
  // What more than a hundred steps take is told by a hundred.
  const many = await loadOf('few-examples', { maxSteps: 1000 });
  expectLoad(many.final.training, [1000, 1000 * 768]);
  // No more rows than a fold has.
  expectLoad((await loadOf('few-examples', {}, { foldRows: 4.8 })).fold.training, [40, 40 * 384]);
});

test('few examples: a batch is padded to its longest row, and one of long rows is cut by fours', async () => {
  // Four rows a step, of 8 and 16 tokens by turns, as their labels: two of each.
  const mixed = { lengths: Int32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 8 : 16)) };
  expectLoad((await loadOf('few-examples', { batchSize: 4 }, mixed)).final.training, [40, 40 * 4 * 16 * 4 * 3]);
  // 2,048 tokens are four rows of 512.
  const long = await loadOf('few-examples', {}, { lengths: all(16, 512) });
  expectLoad(long.final.training, [40 * 2, 40 * 8 * 512 * 4 * 3]);
});

test('features only: nothing but what is solved, for the rows of the fold and for all', async () => {
  const load = await loadOf('features', { recipe: 'choose' });
  const none: [number, number] = [0, 0];
  const solving = (rows: number) => featuresLoad({ recipe: 'choose' }, [10, 20], { rows, classes: 2 });
  expect(load.kind).toBe('head');
  expectFit(load.fold, none, none, solving(160));
  expectFit(load.final, none, none, solving(200));
  expectLoad(load.answering, none);
  expectLoad(load.testing, none);
});

test('a choice of recipes is counted by its rows and columns', () => {
  const load = (rows: number) => featuresLoad({ recipe: 'choose' }, [10, 20], { rows, classes: 2 });
  // The plain one; with names three sets of encoders with one layer and three; without, three sets with three and both with one. Two are tried twice.
  const recipes = 11;
  const expected = (rows: number, judged: number) =>
    rows * 2 * 10 + 0.004 * judged ** 2 * (3 * 30 + (recipes + 2) * judged + 2) + 0.15 * rows * 2 * 30 + 3000 * rows;
  expect(load(100)).toBeCloseTo(expected(100, 100), 6);
  expect(load(1000)).toBeCloseTo(expected(1000, 600), 4);
});
