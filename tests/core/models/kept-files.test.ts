import { expect, test } from 'vitest';
import { keptFiles } from '../../../src/core/models/kept-files';

const entry = (file: string, bytes: number) => ({ file, bytes, sha256: '0'.repeat(64) });
const manifest = {
  tokenizer: { ...entry('tokenizer.json', 7), kind: 'unigram', prompt: '' },
  shards: [entry('a', 16), entry('b', 16), entry('c', 3)],
};
const of = (...there: string[]) => keptFiles(manifest, there);

test('what is here is counted in bytes, and the first shard that is missing is named', () => {
  expect(of()).toEqual({ bytesKept: 0, bytesTotal: 42, shards: 3, nextShard: 1, whole: false });
  expect(of('tokenizer.json', 'a')).toMatchObject({ bytesKept: 23, nextShard: 2, whole: false });
  // The disk lost one in the middle.
  expect(of('tokenizer.json', 'a', 'c')).toMatchObject({ bytesKept: 26, nextShard: 2 });
  expect(of('a', 'b', 'c')).toMatchObject({ nextShard: null, whole: false });
});

test('it is whole with tokenizer and all shards; other files do not count', () => {
  const whole = { bytesKept: 42, bytesTotal: 42, shards: 3, nextShard: null, whole: true };
  expect(of('manifest.json', 'all-kept', 'tokenizer.json', 'a', 'b', 'c')).toEqual(whole);
});
