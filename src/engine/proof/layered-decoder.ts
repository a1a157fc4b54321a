/** Decoders whose weights are placed layer by layer: the one that a run stands on with an adapter, and one in files that were written. */
import { type OwnDecoder, readOwnTensor, readOwnValues } from '../../core/models/own-model';
import type { TrainedAdapter } from '../../core/run/generation';
import { adapterWeights } from '../adapters/adapter';
import { canStayPacked, isBlockType } from '../kernels/packed-blocks';
import type { DecoderArchitecture } from '../models/decoder';
import { placeParameters, placeWeights, type ReadDecoder, staysPacked } from '../models/read-model';
import { findDecoderFamily } from '../models/registry';
import type { NamedArray, NamedBlocks } from '../models/weights';
import type { LayeredDecoder } from './decoder-parity';

/** A model that was read, with an adapter as a run keeps it. */
export function adaptedLayers(
  model: Omit<ReadDecoder, 'manifest' | 'tokenizerJson'>,
  { lora, tensors }: Pick<TrainedAdapter, 'lora' | 'tensors'>,
): LayeredDecoder {
  const { family, config } = model;
  return {
    ...{ family, config, lora },
    place(names) {
      const asked = new Set(names);
      const standing = tensors.filter(({ name }) => asked.has(name.replace(/\.lora_[AB]\.weight$/, '.weight')));
      return Promise.resolve(new Map([...placeParameters(model, names), ...adapterWeights(standing)]));
    },
  };
}

/** A model in files. Throws `model-damaged` for a config that is none. */
export function fileLayers(own: OwnDecoder): LayeredDecoder {
  const family = findDecoderFamily(own.family);
  const architecture: DecoderArchitecture = { family, config: family.parseConfig(own.config) };
  const byName = new Map(own.tensors.map((tensor) => [tensor.name, tensor]));
  const read = async (name: string): Promise<NamedArray | NamedBlocks | null> => {
    const tensor = byName.get(name);
    if (tensor === undefined) return null;
    const { shape, dtype: type } = tensor;
    const [outputs = 0, inputs = 0] = shape;
    const stays = shape.length === 2 && staysPacked(architecture, name) && canStayPacked(outputs, inputs);
    if (stays && isBlockType(type)) return { name, shape: [outputs, inputs], type, bytes: await readOwnTensor(tensor) };
    return { name, shape, values: await readOwnValues(tensor) };
  };
  return {
    ...architecture,
    async place(names) {
      const arrays: (NamedArray | NamedBlocks)[] = [];
      for (const name of names) {
        const array = await read(name);
        if (array !== null) arrays.push(array);
      }
      return placeWeights(family.fromFiles(arrays));
    },
  };
}
