/** What the page is told of a model before its manifest is there, against what the manifest and the family say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MODELS } from '../../../src/core/models/registry';
import { findFamily, knownFamilies } from '../../../src/engine/models/registry';

const known = MODELS.filter(({ family }) => knownFamilies().includes(family));

test.each(known.map((entry) => [entry.id, entry] as const))(
  '%s has the layers, width and values a layer that its entry says',
  (_, { family: id, folder, shape }) => {
    const manifest: { config: unknown } = JSON.parse(readFileSync(`public/${folder}/manifest.json`, 'utf8'));
    const family = findFamily(id);
    const { layers, hiddenSize, layerParameters } = family.counts(family.parseConfig(manifest.config));
    expect({ layers, hiddenSize, layerParameters }).toEqual(shape);
  },
);

test('both encoders are among them', () => {
  expect(known.length).toBeGreaterThanOrEqual(2);
});
