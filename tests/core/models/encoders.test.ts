import { expect, test } from 'vitest';
import { encodersOf } from '../../../src/core/models/encoders';
import { ENCODERS, modelsFor } from '../../../src/core/models/registry';

const [first = { id: '' }] = ENCODERS;
const all = ENCODERS.map(({ id }) => id);

test('a record of before there were two encoders reads with its model alone', () => {
  expect(encodersOf({ modelId: first.id }, false)).toEqual([first.id]);
  expect(encodersOf({ modelId: 'gone' }, true)).toEqual(['gone']);
});

test('a method that changes nothing reads with all encoders on auto, one that trains with the first', () => {
  expect(encodersOf({ modelId: first.id, encoder: 'auto' }, false)).toEqual(all);
  expect(encodersOf({ modelId: first.id, encoder: 'auto' }, true)).toEqual([first.id]);
});

test('both are both whatever the method, and a model that is named is the only one', () => {
  expect(encodersOf({ modelId: first.id, encoder: 'both' }, true)).toEqual(all);
  expect(encodersOf({ modelId: first.id, encoder: 'other' }, false)).toEqual(['other']);
});

test('the first encoder comes first, and none twice', () => {
  for (const { id } of ENCODERS) {
    const ids = encodersOf({ modelId: id, encoder: 'both' }, false);
    expect(ids[0]).toBe(id);
    expect(ids.toSorted()).toEqual(all.toSorted());
  }
});

test('a model that writes is no encoder, and is what generation has', () => {
  const written = modelsFor('generation').map(({ id }) => id);
  expect(written).toEqual(['SmolLM2-135M-Instruct']);
  expect(all).not.toContain(written[0]);
  expect(modelsFor('classification').map(({ id }) => id)).toEqual(all);
  expect(encodersOf({ modelId: first.id, encoder: 'both' }, false)).not.toContain(written[0]);
});
