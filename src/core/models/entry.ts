/** What the page says of a model, from its manifest alone: of one that a person brought along there is nothing else. */
import type { ModelEntry, TokenizerKind } from './card';
import { isTargeted, type LoraChoice, loraConfigOf } from './lora';
import type { ModelManifest, TensorEntry } from './manifest';
import { ownDeviceBytes } from './own-files';
import { parseDecoderConfig } from './parse-decoder-config';

/** The parameters of the first layer. */
const FIRST_LAYER = /^(?:model\.layers|encoder\.layer)\.0\.(.+)\.(weight|bias)$/;
const PLAIN = { rank: 1, alpha: 1, dropout: 0, rankStabilized: false };

/** The entry of a model that lies in this browser alone. */
export function entryOfManifest(manifest: ModelManifest): ModelEntry {
  const { id, title, architecture, config, tensors, tokenizer, card } = manifest;
  const layer = tensors.filter(({ name }) => FIRST_LAYER.test(name));
  const widths = (targets: LoraChoice['targets']): number => adapterWidth(layer, architecture, targets);
  return {
    id,
    title,
    family: architecture,
    tasks: [card.task === 'encoder' ? 'classification' : 'generation'],
    // `parseManifest` let none through but those.
    tokenizer: tokenizer.kind as TokenizerKind,
    dtypes: [...new Set(tensors.map(({ dtype }) => dtype))],
    folder: null,
    shape: {
      layers: config.layers,
      hiddenSize: config.hiddenSize,
      layerParameters: layer.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      adapterWidths: {
        'all-linear': widths('all-linear'),
        attention: widths('attention'),
        'query-value': widths('query-value'),
      },
    },
    tokenizerBytes: tokenizer.bytes,
    ...(card.task === 'decoder' && {
      decoder: { config: parseDecoderConfig(config), deviceBytes: ownDeviceBytes(manifest) },
    }),
    card,
  };
}

/** Inputs and outputs of the modules of a layer that get an adapter. */
function adapterWidth(layer: readonly TensorEntry[], family: string, targets: LoraChoice['targets']): number {
  const { targetModules } = loraConfigOf({ ...PLAIN, targets }, family);
  return layer.reduce((sum, { name, shape }) => {
    const [, path = ''] = FIRST_LAYER.exec(name) ?? [];
    const [outputs = 0, inputs = 0] = shape;
    return shape.length === 2 && isTargeted(path, targetModules) ? sum + inputs + outputs : sum;
  }, 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
