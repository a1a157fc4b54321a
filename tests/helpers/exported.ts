/** A tiny model with a random adapter, to be exported. */
import type { ExportedDecoder } from '../../src/core/export/merged-folder';
import type { ModelCardText } from '../../src/core/export/model-card';
import type { LoraAdapter, ModelTensors } from '../../src/core/export/model-tensors';
import type { LoraConfig } from '../../src/core/models/lora';
import { type OwnDecoder, readOwnValues } from '../../src/core/models/own-model';
import { readOwnModel } from '../../src/core/models/read-own-model';
import { createRandom } from '../../src/core/random';
import { checkpointFiles } from './checkpoints';

export const CARD: ModelCardText = {
  title: 'tiny',
  base: 'hone/tiny',
  baseSha256: '00ff',
  baseForm: 'its own file',
  licence: 'Apache-2.0',
  languages: ['en'],
  figures: ['Perplexity 12.5 → 3.1 on 40 held-out rows.'],
};

export const LORA: LoraConfig = {
  rank: 4,
  alpha: 8,
  dropout: 0.1,
  targetModules: ['q_proj', 'k_proj', 'o_proj', 'down_proj'],
  rankStabilized: true,
};

/** A decoder of tests/fixtures/checkpoints. */
export async function tinyDecoder(name: string): Promise<OwnDecoder> {
  const model = await readOwnModel(name, checkpointFiles(name));
  if (model.task !== 'decoder') throw new Error(`${name} is an encoder`);
  return model;
}

/** The values of a model that was brought along, by lines. */
export function tensorsOf({ tensors }: OwnDecoder): ModelTensors {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const find = (name: string) => {
    const tensor = byName.get(name);
    if (tensor === undefined) throw new Error(`There is no ${name}.`);
    return tensor;
  };
  return {
    names: [...byName.keys()],
    shape: (name) => find(name).shape,
    lines: (name, from, to) => readOwnValues(find(name), from, to),
  };
}

/** An adapter with values that can be seen in the answers, on all targets of a model. */
export function randomAdapter(base: ModelTensors, config: LoraConfig = LORA, size = 0.1): LoraAdapter {
  const random = createRandom(3);
  const values = (count: number) => Float32Array.from({ length: count }, () => size * (2 * random() - 1));
  const modules = base.names
    .filter((name) => config.targetModules.some((target) => name.endsWith(`.${target}.weight`)))
    .map((name) => {
      const [outputs = 0, inputs = 0] = base.shape(name);
      const path = name.slice(0, -'.weight'.length);
      return { path, inputs, outputs, a: values(config.rank * inputs), b: values(outputs * config.rank) };
    });
  return { config, modules };
}

/** What is exported of a model; its tokenizer and template are the model's own. */
export function exported({ config, tokenizer }: OwnDecoder, tensors: ModelTensors): ExportedDecoder {
  const { json, chatTemplate, bosToken, eosToken, endIds } = tokenizer;
  if (chatTemplate === null || eosToken === null) throw new Error('The model has no template.');
  return { config, tensors, tokenizer: { json, chatTemplate, bosToken, eosToken, endIds }, card: CARD };
}
