import { describe, expect, test } from 'vitest';
import { findModel } from '../../../../src/core/models/registry';
import { shortCount, splitCounts, stepsFor, trainedValues, valuesInWords } from '../../../../src/ui/screens/train/cost';
import { sampleSettings } from '../../../helpers/report-sample';

const model = findModel('all-MiniLM-L6-v2');
const settings = (change: Partial<typeof sampleSettings>) => ({ ...sampleSettings, ...change });

describe('trainedValues', () => {
  test('features only trains the classifier alone', () => {
    expect(trainedValues(model, settings({ method: 'features' }), 6)).toBe(2310);
  });

  test('a layer more is 1,774,464 values more', () => {
    const two = trainedValues(model, settings({ method: 'top-layers', layers: 2 }), 6);
    expect(two).toBe(2 * 1_774_464 + 2310);
    expect(trainedValues(model, settings({ method: 'top-layers', layers: 3 }), 6) - two).toBe(1_774_464);
  });

  test('everything with the word table is the whole model and its classifier', () => {
    expect(trainedValues(model, settings({ method: 'full', trainEmbeddings: true }), 6)).toBe(
      model.card.parameters + 2310,
    );
    // Rank 8 on four matrices of 384 × 384 and two of 384 × 1,536, six times.
    expect(trainedValues(model, settings({ method: 'adapter' }), 6)).toBe(6 * 8 * (4 * 768 + 2 * 1920) + 385 * 6);
    expect(trainedValues(model, settings({ method: 'full' }), 6)).toBe(6 * 1_774_464 + 2310);
  });
});

describe('valuesInWords', () => {
  test('features only says the least where a recipe is chosen, which may have more columns', () => {
    expect(valuesInWords(model, settings({ method: 'features', recipe: 'choose' }), 6)).toBe('from 2,310');
    expect(valuesInWords(model, settings({ method: 'features', recipe: 'plain' }), 6)).toBe('2,310');
  });

  test('where the encoder is trained its classifier reads the last layer, whatever recipe the baseline is given', () => {
    expect(valuesInWords(model, settings({ method: 'top-layers', layers: 2, recipe: 'choose' }), 6)).toBe('3.6 M');
  });
});

describe('stepsFor', () => {
  test('a pass is as many steps as batches, the last one short', () => {
    expect(stepsFor(settings({ nEpochs: 4, batchSize: 16 }), 794)).toBe(4 * 50);
    expect(stepsFor(settings({ nEpochs: 4, batchSize: 16, gradientAccumulation: 2 }), 794)).toBe(4 * 25);
  });

  test('contrastive tuning has the steps that it is given', () => {
    const few = settings({ method: 'few-examples', batchSize: 32, maxSteps: 40 });
    expect(stepsFor(few, 40)).toBe(40);
    expect(stepsFor(few, 4000)).toBe(40);
  });

  test('features only makes no step', () => {
    expect(stepsFor(settings({ method: 'features' }), 1000)).toBe(0);
  });
});

describe('splitCounts', () => {
  test("the file's own parts are counted, and scaled for a quick trial", () => {
    const version = { rowCount: 1000, parts: { train: 700, validation: 100, test: 200 } };
    const plan = { folds: 4, test: { kind: 'split' as const } };
    expect(splitCounts(version, 0, plan, 0)).toEqual({
      used: 1000,
      training: 800,
      folds: [200, 200, 200, 200],
      test: 200,
    });
    expect(splitCounts(version, 100, plan, 0).test).toBe(20);
    expect(splitCounts({ rowCount: 100, parts: { train: 90, validation: 10, test: 0 } }, 0, plan, 0).test).toBe(10);
  });

  test('every training row is in one fold, the larger folds first', () => {
    const split = splitCounts({ rowCount: 1240 }, 0, { folds: 5, test: { kind: 'hold-out', share: 0.2 } }, 0);
    expect(split).toEqual({ used: 1240, training: 992, folds: [199, 199, 198, 198, 198], test: 248 });
  });

  test('a quick trial takes the first rows, and an own test file none of them', () => {
    const split = splitCounts({ rowCount: 1240 }, 40, { folds: 2, test: { kind: 'file', datasetId: 'x' } }, 500);
    expect(split).toEqual({ used: 40, training: 40, folds: [20, 20], test: 500 });
  });

  test('a trial larger than the data is all of it', () => {
    expect(splitCounts({ rowCount: 100 }, 5000, { folds: 4, test: { kind: 'none' } }, 0).used).toBe(100);
  });
});

test('counts of values are short', () => {
  expect(['2310', '76410', '3551238'].map((count) => shortCount(Number(count)))).toEqual(['2,310', '76 k', '3.6 M']);
});
