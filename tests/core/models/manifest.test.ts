import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { entryOfManifest } from '../../../src/core/models/entry';
import { parseManifest } from '../../../src/core/models/manifest';
import { findModel, MODELS } from '../../../src/core/models/registry';

const textOf = (folder: string | null) => readFileSync(`public/${folder}/manifest.json`, 'utf8');
const [first] = MODELS;
const text = textOf(first?.folder ?? '');

describe('parseManifest', () => {
  test.each(MODELS.map((model) => [model.id, model] as const))('%s: folder and registry say the same', (_, model) => {
    const manifest = parseManifest(textOf(model.folder));
    expect(manifest.card).toEqual(model.card);
    expect(manifest.id).toBe(model.id);
    expect(manifest.title).toBe(model.title);
    expect(manifest.architecture).toBe(model.family);
    expect(manifest.tokenizer.kind).toBe(model.tokenizer);
    expect([...new Set(manifest.tensors.map(({ dtype }) => dtype))]).toEqual(model.dtypes);
    // Of a model that was brought along the manifest is all there is.
    expect(entryOfManifest(manifest)).toEqual({ ...model, folder: null });
  });

  test('shards are at most 16 MiB and hold every tensor once, without gaps', () => {
    const { shards, tensors } = parseManifest(text);
    for (const { bytes } of shards) expect(bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    let offset = 0;
    for (const { byteOffset, byteLength } of tensors) {
      expect(byteOffset).toBe(offset);
      offset += byteLength;
    }
    expect(offset).toBe(shards.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  test.each([
    ['text that is no JSON', '<html>'],
    ['another format', text.replace('hone-model', 'other')],
    ['a byte range outside the shards', text.replace('"byteOffset": 0', '"byteOffset": 90000000')],
    ['a file name that leaves the folder', text.replace('model-00001', '../model-00001')],
  ])('refuses %s as a damaged model', (_, damaged) => {
    expect(damaged).not.toBe(text);
    const error = thrownBy(() => parseManifest(damaged));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'model-damaged', details: { file: 'manifest.json' } });
  });
});

describe('what this version does not know', () => {
  test.each([
    ['family', text.replace('"architecture": "bert"', '"architecture": "mamba"'), 'mamba'],
    ['type of values', text.replace('"dtype": "float16"', '"dtype": "q3_k"'), 'q3_k'],
    ['tokenizer', text.replace('"kind": "wordpiece"', '"kind": "tiktoken"'), 'tiktoken'],
  ])('a %s is named, with what is known and what to do', (_, other, found) => {
    expect(other).not.toBe(text);
    const error = thrownBy(() => parseManifest(other));
    expect(error).toMatchObject({ code: 'model-unsupported', details: { file: 'manifest.json', found } });
    expect(String(error)).toMatch(new RegExp(`«${found}», only \\w+.*choose another model`));
  });

  test('a family that the reader has is taken', () => {
    const other = text.replace('"architecture": "bert"', '"architecture": "mixer"');
    expect(parseManifest(other, ['mixer']).architecture).toBe('mixer');
  });
});

test('quantised tensors are whole blocks in each row', () => {
  const manifest = { ...JSON.parse(text), shards: [{ file: 'a.bin', bytes: 1000, sha256: '0'.repeat(64) }] };
  const parsed = (shape: number[], byteLength: number) =>
    parseManifest(
      JSON.stringify({ ...manifest, tensors: [{ name: 'a', shape, dtype: 'q4_0', byteOffset: 5, byteLength }] }),
    );
  expect(parsed([2, 64], 72).tensors[0]?.dtype).toBe('q4_0');
  expect(thrownBy(() => parsed([2, 64], 70))).toMatchObject({ code: 'model-damaged' });
  expect(thrownBy(() => parsed([4, 16], 36))).toMatchObject({ code: 'model-damaged' });
});

test('an unknown model is named in the error, with the known ones', () => {
  const error = thrownBy(() => findModel('gpt-9'));
  expect(error).toMatchObject({ code: 'not-found' });
  expect(String(error)).toContain('all-MiniLM-L6-v2');
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
