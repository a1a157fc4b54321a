import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { parseManifest } from '../../../src/core/models/manifest';
import { findModel, MODELS } from '../../../src/core/models/registry';

const textOf = (folder: string) => readFileSync(`public/${folder}/manifest.json`, 'utf8');
const [first] = MODELS;
const text = textOf(first?.folder ?? '');

describe('parseManifest', () => {
  test.each(MODELS.map((model) => [model.id, model] as const))('%s: folder and registry say the same', (_, model) => {
    const manifest = parseManifest(textOf(model.folder));
    expect(manifest.card).toEqual(model.card);
    expect(manifest.id).toBe(model.id);
    expect(manifest.title).toBe(model.title);
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
