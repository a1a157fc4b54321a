import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseManifest } from '../../src/core/models/manifest';
import { findModel, MODELS } from '../../src/core/models/registry';
import { modelBytes, ofBytes, placeWords } from '../../src/ui/model-words';

const e5 = findModel('multilingual-e5-small');

test.each(MODELS)('the size of $title is that of all its files', (model) => {
  const manifest = parseManifest(readFileSync(`public/${model.folder}/manifest.json`, 'utf8'));
  const files = [manifest.tokenizer, ...manifest.shards];
  expect(modelBytes(model)).toBe(files.reduce((sum, { bytes }) => sum + bytes, 0));
});

test('where a model is, is said in a sentence, with where it goes on', () => {
  const broken = { bytesKept: 52e6, bytesTotal: 72e6, shards: 5, nextShard: 4, whole: false };
  expect(placeWords({ kind: 'partly', ...broken }, e5)).toEqual({
    words: '52 of 72 MB here; goes on from shard 4 of 5.',
    share: 52 / 72,
  });
  expect(placeWords({ kind: 'partly', ...broken, nextShard: null }, e5).words).toMatch(/goes on from its tokenizer\.$/);
  const progress = { bytesKept: 31e6, bytesTotal: 74e6, shard: 2, shards: 4 };
  expect(placeWords({ kind: 'fetching', progress }, e5)).toEqual({
    words: 'Being fetched: 31 of 74 MB, shard 2 of 4.',
    share: 31 / 74,
  });
  expect(placeWords({ kind: 'fetching', progress: { ...progress, shard: 0 } }, e5).words).toContain('the tokenizer');
  expect(placeWords({ kind: 'fetching', progress: { ...progress, bytesTotal: 0 } }, e5).share).toBe(0);
  expect(placeWords({ kind: 'absent' }, e5)).toEqual({
    words: 'Not in this browser. A run that reads with it fetches 74 MB.',
    share: null,
  });
  expect(placeWords({ kind: 'here', bytes: 74e6 }, e5).share).toBeNull();
});

test('a part of a size keeps its own unit where it has another', () => {
  expect(ofBytes(52e6, 72e6)).toBe('52 of 72 MB');
  expect(ofBytes(400_000, 72e6)).toBe('400 kB of 72 MB');
});
