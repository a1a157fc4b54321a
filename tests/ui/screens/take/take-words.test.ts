import { expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors';
import { exportFormatsFor } from '../../../../src/core/export/formats';
import type { BundleManifest } from '../../../../src/core/export/bundle/manifest';
import type { WriterParity } from '../../../../src/core/export/parity';
import type { TakeProgress } from '../../../../src/core/export/take';
import { encoderTitle } from '../../../../src/core/models/encoders';
import type { Report } from '../../../../src/core/report/report';
import type { Run } from '../../../../src/core/run/record';
import { findModel } from '../../../../src/core/models/registry';
import { plainRecipe, type Recipe } from '../../../../src/core/recipes/recipe';
import { recipeWords } from '../../../../src/core/report/recipes';
import {
  plainWords,
  askedEncoders,
  bundleWords,
  exportSize,
  progressShare,
  rowKinds,
  runBytesOf,
  stateWords,
} from '../../../../src/ui/screens/take/take-words';
import { sampleReport, sampleSettings } from '../../../helpers/report-sample';

const parity: WriterParity = {
  ...{ schema: 'hone.parity', version: 1, format: 'merged', dtype: 'float16', computed_on: 'wasm' },
  base: { id: 'm', sha256: 'a' },
  rows: (['one token', 'emoji', 'longest held-out', 'held-out', 'held-out'] as const).map((what) => ({
    ...{ what, tokens: 9, largest_difference: 0.02, same_first_choices: 9 },
  })),
  ...{ largest_difference: 0.0213, relative_difference: 0.00085, tolerance: 0.01, same: true, files: [] },
  first_choices: { places: 45, same: 45 },
  answers: { rows: 3, same: 3 },
};
const file = { format: 'merged', place: 'p', name: 'n.zip', bytes: 1 } as const;

test('a proof is told with its rows and its difference; answers that rounding changed are counted', () => {
  expect(stateWords({ kind: 'done', file: { ...file, parity } })).toEqual({
    ...{ tone: 'ok', icon: 'check', word: 'Same answers' },
    line: '5 rows, largest difference 0.021, 0.085 % of the scale',
  });
  const rounded = { ...parity, answers: { rows: 3, same: 2 } };
  expect(stateWords({ kind: 'done', file: { ...file, parity: rounded } })).toMatchObject({
    word: 'Same within rounding',
    line: expect.stringContaining('; 2 of 3 answers word for word') as string,
  });
  const exact = { ...parity, largest_difference: 0, relative_difference: 0 };
  expect(stateWords({ kind: 'done', file: { ...file, parity: exact } }).line).toBe('5 rows, no difference');
  expect(rowKinds(parity)).toBe('one token, emoji, 3 held-out, the longest among them');
});

test('each phase says what it does and how far it is; the bar never goes back', () => {
  const phases: TakeProgress[] = [
    { phase: 'loading', done: 50e6, total: 98e6 },
    { phase: 'loading', done: 98e6, total: 98e6 },
    { phase: 'writing', done: 9.7e6, total: 272e6 },
    { phase: 'writing', done: 272e6, total: 272e6 },
    { phase: 'reading-back', done: 1e6, total: 272e6 },
    { phase: 'proving', done: 0.4, total: 1 },
    { phase: 'proving', done: 1, total: 1 },
  ];
  const shares = phases.map((progress) => progressShare(progress) ?? NaN);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  const lines = phases.map((progress) => stateWords({ kind: 'working', progress }).line);
  expect(lines[2]).toBe('9.7 MB of 272 MB, then read back and tried');
  expect(lines[5]).toBe('run from its own bytes, 40 % done');
  expect(stateWords({ kind: 'working', progress: null }).word).toBe('Waiting');
});

test('a file that differs is not offered, one that found no room was not written', () => {
  const failed = (code: 'export-differs' | 'storage-full') =>
    stateWords({ kind: 'failed', error: new AppError(code, 'Why.') });
  expect(failed('export-differs')).toMatchObject({ tone: 'bad', word: 'Not offered' });
  expect(failed('storage-full')).toMatchObject({
    tone: 'bad',
    word: 'Not written',
    line: 'Not saved: the disk is full',
  });
});

test('sizes are told before anything is read, each format’s from the model and the adapter', () => {
  const size = exportSize(findModel('SmolLM2-135M-Instruct'), {
    ...sampleSettings,
    rank: 8,
    targetModules: 'all-linear',
  });
  if (size === null) throw new Error('No size.');
  expect(exportFormatsFor('generation').map((format) => [format.id, Math.round(format.bytes(size) / 1e6)])).toEqual([
    ['merged', 271],
    ['gguf-q8_0', 144],
    ['gguf-float16', 271],
    ['peft', 10],
    ['gguf-adapter', 10],
  ]);
  expect(exportSize(null, null)).toBeNull();
  const [first, second] = [findModel('all-MiniLM-L6-v2'), findModel('multilingual-e5-small')];
  const minilm = exportSize(first, sampleSettings, [first]) ?? expect.fail('No size.');
  const sizes = exportFormatsFor('classification').map((format) => [format.id, Math.round(format.bytes(minilm) / 1e6)]);
  expect(sizes).toEqual([
    ['one-page-int8', 32],
    ['one-page', 58],
    ['onnx-int8', 26],
    ['onnx', 91],
    ['sentence-transformers', 91],
  ]);
  // A page holds every encoder that is asked, as small as it came.
  const both = exportSize(first, sampleSettings, [first, second]) ?? expect.fail('No size.');
  const [page, rounded] = exportFormatsFor('classification').map((format) => format.bytes(both) - format.bytes(minilm));
  expect(page).toBe(rounded);
  expect(page).toBeLessThan(120e6);
});

test('the encoders that a run asks: those that its report names, all that it may where there is none, one where one was trained', () => {
  const [mini, e5] = ['all-MiniLM-L6-v2', 'multilingual-e5-small'] as const;
  const run = { modelId: mini, request: { encoder: 'auto' }, method: 'features' } as unknown as Run;
  expect(askedEncoders({ ...run, method: 'adapter' }, null)).toEqual([mini]);
  expect(askedEncoders(run, null)).toEqual([mini, e5]);
  const naming = (...recipes: string[]) =>
    ({ task: 'classification', recipes: { final: { recipes } } }) as unknown as Parameters<typeof askedEncoders>[1];
  expect(askedEncoders(run, naming(`${encoderTitle(e5)}, last layer`))).toEqual([e5]);
  expect(askedEncoders(run, naming(`${encoderTitle(mini)} + ${encoderTitle(e5)}, last layer`))).toEqual([mini, e5]);
});

test('a bundle says before it is written that it holds the person’s data, and what it lacks', () => {
  const run = {
    ...{ datasetName: 'mail', datasetVersion: 3, hasWeights: true, method: 'features' },
    request: { evaluation: { folds: 5, test: { kind: 'none' } } },
  } as Run;
  expect(bundleWords(run, { data: { rowCount: 1240 }, test: null })).toBe(
    'The bundle holds your data: all 1,240 rows of «mail», version 3, with texts and labels or answers. Give it to nobody who ' +
      'may not see them.',
  );
  const tested = { ...run.request, evaluation: { folds: 5, test: { kind: 'file', datasetId: 't' } } } as Run['request'];
  const own = { ...run, request: tested, hasWeights: false };
  expect(bundleWords(own, { data: { rowCount: 2 }, test: { rowCount: 30 } })).toMatch(
    /all 2 rows of «mail», version 3, and all 30 rows of its test file, .*The run kept no model, so the bundle has no weights\.$/,
  );
  // Each of the two can be deleted without the other.
  expect(bundleWords(own, { data: null, test: { rowCount: 30 } })).toMatch(
    /^The bundle holds your data: all 30 rows of the test file, .*«mail» was deleted: .*Give it to nobody/,
  );
  const untested = bundleWords(own, { data: { rowCount: 2 }, test: null });
  expect(untested).toMatch(/version 3, with texts .* Its test file was deleted, and its rows are not in it\./);
  expect(bundleWords(run, { data: null, test: null })).toMatch(
    /^«mail» was deleted: .* cannot be run again\. Give it to nobody who may not see them\.$/,
  );
  // Before the data sets were read nothing is said of them.
  expect(bundleWords(run, null)).toBe(
    'The bundle holds your data, where they are still in this browser. Give it to nobody who may not see them.',
  );
  const written = { ...run, method: 'generation-adapter', request: { ...run.request, prompts: ['a', 'b'] } } as Run;
  expect(bundleWords(written, { data: { rowCount: 1 }, test: null })).toContain(
    'In it too: the 2 prompts that you wrote and your blind vote if you gave one.',
  );
});

test('a bundle is read back, not run; its size is that of rows, answers and what was trained', () => {
  const manifest = {
    ...{ schema: 'hone.run-bundle', files: Array(11), data: { rows: 1240 }, test: null },
  } as unknown as BundleManifest;
  const told = stateWords({ kind: 'done', file: { ...file, format: 'run-bundle', parity: manifest } }, true);
  expect(told).toMatchObject({ word: 'Reads back', line: '12 files, 1,240 rows, the same as here' });
  for (const [data, test, line] of [
    [null, { rows: 3 }, '3 rows'],
    [{ rows: 2 }, { rows: 3 }, '5 rows'],
    [null, null, 'no rows'],
  ]) {
    const parity = { ...manifest, data, test } as BundleManifest;
    const done = stateWords({ kind: 'done', file: { ...file, format: 'run-bundle', parity } }, true);
    expect(done.line).toContain(`12 files, ${line as string}`);
  }
  expect(stateWords({ kind: 'ready' }, true).line).toBe('read back when written');
  const phase = { phase: 'proving', done: 0.5, total: 1 } as const;
  expect(stateWords({ kind: 'working', progress: phase }, true).line).toBe('opened as another page will, 50 % done');
  const version = {
    fileBytes: 100_000,
    rowCount: 1000,
    labels: [
      { label: 'a', count: 1 },
      { label: 'b', count: 1 },
    ],
  };
  const report = { model: { trained_parameters: 3_000_000 } } as Report;
  expect(runBytesOf({ hasWeights: true }, report, version) - runBytesOf({ hasWeights: false }, report, version)).toBe(
    12e6,
  );
  expect(runBytesOf({ hasWeights: false }, null, version)).toBe(140_000);
  expect(runBytesOf({ hasWeights: true }, report, null)).toBe(12e6);
});

test('a lone plain classifier goes into other tools’ files, whatever its strength; chosen ones do not', () => {
  const report = sampleReport();
  const words = (recipe: Recipe) => {
    const recipes = [recipeWords(recipe)];
    const final = { how: 'given' as const, recipes, judged_by_rows: 0, trials: [] };
    const plain = { accuracy: 0.9, macro_f1: 0.9 };
    const chosen = { encoders: [], folds: [], final, plain, gain: null, plain_test: null };
    return plainWords({ ...report, method: 'features', recipes: chosen }, 'all-MiniLM-L6-v2');
  };
  const plain = plainRecipe(['all-MiniLM-L6-v2']);
  expect(words(plain)).toBeNull();
  expect(words({ ...plain, c: 3 })).toBeNull();
  expect(words({ ...plain, c: 1e-7 })).toBeNull();
  expect(words({ ...plain, centred: true })).toMatch(/^This run answers by .*centred: no other tool’s file holds that/);
});
