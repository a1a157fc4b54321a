import { expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors';
import { exportFormatsFor } from '../../../../src/core/export/formats';
import type { WriterParity } from '../../../../src/core/export/parity';
import type { TakeProgress } from '../../../../src/core/export/take';
import { encoderTitle } from '../../../../src/core/models/encoders';
import type { Run } from '../../../../src/core/run/record';
import { findModel } from '../../../../src/core/models/registry';
import {
  askedEncoders,
  exportSize,
  progressShare,
  rowKinds,
  stateWords,
} from '../../../../src/ui/screens/take/take-words';
import { sampleSettings } from '../../../helpers/report-sample';

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
