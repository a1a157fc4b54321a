/** What the page is told of a model before its manifest is there, against what the manifest and the family say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type LoraChoice, loraConfigOf } from '../../../src/core/models/lora';
import { MODELS } from '../../../src/core/models/registry';
import { adapterSize } from '../../../src/engine/adapters/adapter';
import { findFamily, knownFamilies } from '../../../src/engine/models/registry';

const known = MODELS.filter(({ family }) => knownFamilies().includes(family));

test.each(known.map((entry) => [entry.id, entry] as const))(
  '%s has the layers, width and values a layer that its entry says, of adapters too',
  (_, { family: id, folder, shape }) => {
    const manifest: { config: unknown } = JSON.parse(readFileSync(`public/${folder}/manifest.json`, 'utf8'));
    const family = findFamily(id);
    const config = family.parseConfig(manifest.config);
    const { layers, hiddenSize, layerParameters } = family.counts(config);
    const width = (targets: LoraChoice['targets']): number => {
      const lora = loraConfigOf({ rank: 1, alpha: 1, dropout: 0, rankStabilized: false, targets }, id);
      return adapterSize(family.linearModules(config), lora) / layers;
    };
    const adapterWidths = {
      'all-linear': width('all-linear'),
      attention: width('attention'),
      'query-value': width('query-value'),
    };
    expect({ layers, hiddenSize, layerParameters, adapterWidths }).toEqual(shape);
  },
);

test('both encoders are among them', () => {
  expect(known.length).toBeGreaterThanOrEqual(2);
});
