/**
 * Runs that are broken on purpose, a few times: `node scripts/chaos.mjs` does the same in earnest. With a random model
 * small enough for a GPU in software.
 */
import { expect, test } from 'vitest';
import { breakDevices, killRuns } from '../../scripts/breaking.mjs';
import { createRandom } from '../../src/core/random';
import { TINY_WORDS, tinyModelFiles } from '../helpers/tiny-model';

const random = createRandom(1);
const files = tinyModelFiles();
const word = (from: number): string => TINY_WORDS[from + Math.floor(random() * 10)] ?? '';
const rows = Array.from({ length: 48 }, (_, i) => {
  const spam = i % 2 === 1;
  const text = [...Array.from({ length: 5 }, () => word(spam ? 0 : 10)), i].join(' ');
  return JSON.stringify({ text, label: spam ? 'spam' : 'ham' });
});
const tell = (line: string): void => console.log(line);

test('a browser killed while it saves loses nothing that it showed as kept, and each run goes on to the same report', async () => {
  const choices = { method: 'full', backend: 'wasm', folds: 3, nEpochs: 100, batchSize: 4 };
  const found = await killRuns({ kills: 2, rows, choices, random, files, tell });
  expect(found).toMatchObject({ kills: 2, torn: 0, lost: 0, different: 0 });
  expect(found.resumed).toBeGreaterThan(0);
  expect(found.resumed + found.succeeded).toBe(2);
});

test('a GPU that is lost, by destroy() and by a crash of its process: the run goes on by itself to the same report', async () => {
  const choices = { method: 'full', backend: 'webgpu', folds: 2, nEpochs: 6, batchSize: 8 };
  const found = await breakDevices({ breaks: 2, rows, choices, random, files, tell });
  expect(found).toMatchObject({ breaks: 2, different: 0 });
  expect(found.resumed).toBeGreaterThan(0);
  expect(found.resumed + found.succeeded).toBe(2);
});
