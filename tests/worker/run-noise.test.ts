import { expect, test } from 'vitest';
import { getWeights } from '../../src/storage/runs';
import { addDataset, createHarness, request, spamRows } from '../helpers/job';
import { startBackend } from '../helpers/tf-node';
import { tinyModelFiles } from '../helpers/tiny-model';
import { autoChoices, resolveSettings } from '../../src/core/settings/defaults';
import { METHODS } from '../../src/core/settings/methods';
import type { SettingFacts } from '../../src/core/settings/settings';
import { openModel } from '../../src/engine/models/read-model';
import { FirstEncoder } from '../../src/worker/run-encoders';
import { noisesOf, withNoise } from '../../src/worker/run-noise';
import { toyData } from '../engine/fit/toy';

const facts: SettingFacts = {
  ...{ backend: 'wasm', rows: 200, labels: 4, smallestLabel: 50, imbalance: 1, folds: 5, modelLayers: 6 },
  ...{ tokens: { median: 10, p95: 20, max: 30, shareOver: () => 0 }, modelMaxTokens: 256 },
};
const { settings } = resolveSettings('full', autoChoices(), facts);
const tokenizer = { encode: (text: string) => Int32Array.from(text, (char) => char.codePointAt(0) ?? 0) };

test('none unless asked for; of a search every kind that it may try', () => {
  expect(noisesOf([settings])).toEqual([]);
  expect(noisesOf([settings, { ...settings, augmentation: 'letters' }])).toEqual(['letters']);
  const searched = METHODS.flatMap(({ search }) => search?.settings({ layers: 6 }) ?? []);
  expect(noisesOf([settings], searched)).toEqual(['both']);
});

test('rows get copies of each kind, of the seed', async () => {
  const { signal } = new AbortController();
  const data = toyData(6);
  expect(await withNoise(data, [], settings, tokenizer, signal)).toBe(data);
  const { noisy, ...rest } = await withNoise(data, ['words', 'both'], settings, tokenizer, signal);
  expect(rest).toEqual(data);
  expect(Object.keys(noisy ?? {})).toEqual(['words', 'both']);
  expect(noisy?.words).toHaveLength(6);
  expect(noisy?.words).not.toEqual(noisy?.both);
  const other = await withNoise(data, ['words'], { ...settings, seed: 1 }, tokenizer, signal);
  expect(other.noisy?.words).not.toEqual(noisy?.words);
});

test('reading the copies lets messages in, and a run that they cancel ends there', async () => {
  const stop = new AbortController();
  const data = toyData(400);
  let read = 0;
  const slow = {
    encode: (text: string) => {
      const until = performance.now() + 1;
      while (performance.now() < until) continue;
      read++;
      return tokenizer.encode(text);
    },
  };
  setTimeout(() => stop.abort(), 0);
  await expect(withNoise(data, ['both'], settings, slow, stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
  expect(read).toBeLessThan(1000);
});

test('the words of noisy copies are on the device with the others', async () => {
  await startBackend('wasm');
  const files = tinyModelFiles();
  const model = await openModel({ read: (file) => Promise.resolve(files.get(file) ?? new Uint8Array()) });
  const of = (id: number) => Int32Array.of(2, id, 3);
  const data = { ...toyData(1), tokenIds: [of(5)], noisy: { words: [[of(5), of(9)]], letters: [[of(7)]] } };
  // Of labels without names.
  const first = new FirstEncoder(model, { data: { ...data, labels: ['0', '1', '2'] }, test: null }, {}, settings);
  const encoder = await first.place();
  expect([...(encoder.words?.ids ?? [])]).toEqual([0, 2, 3, 5, 7, 9]);
  first.dispose();
});

test('a run trains on the noisy copies that its settings ask for', async () => {
  await startBackend('wasm');
  const trained = async (augmentation: 'none' | 'both') => {
    const { database, job, events } = await createHarness();
    await addDataset(database, 'd', spamRows(24));
    const choices = { ...autoChoices(), augmentation, nEpochs: 1, earlyStoppingPatience: 0, recipe: 'plain' as const };
    await job.start('q', request({ method: 'full', choices }));
    expect(events.filter(({ type }) => type === 'failed')).toEqual([]);
    return (await getWeights(database, 'run'))?.tuned?.encoder;
  };
  const [plain, noisy] = [await trained('none'), await trained('both')];
  expect(plain?.length).toBeGreaterThan(0);
  expect(noisy).not.toEqual(plain);
});
