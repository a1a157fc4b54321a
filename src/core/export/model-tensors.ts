/**
 * The values of a model that is exported, asked for by name and by lines, so that none stands in memory whole. A merged
 * model is one too: its base with the products of an adapter added on the way.
 */
import { AppError } from '../errors';
import { type LoraConfig, loraScaling } from '../models/lora';

/** Names and layout are those of Hugging Face's files: matrices [outputs, inputs]. */
export interface ModelTensors {
  readonly names: readonly string[];
  shape(name: string): readonly number[];
  /** Lines `from` (included) to `to` (not included) along the first side, in float32. */
  lines(name: string, from: number, to: number): Float32Array | Promise<Float32Array>;
}

/** One adapted layer. */
export interface LoraModule {
  /** Of the layer, without `.weight`. */
  path: string;
  inputs: number;
  outputs: number;
  /** [rank, inputs] */
  a: Float32Array;
  /** [outputs, rank] */
  b: Float32Array;
}

export interface LoraAdapter {
  config: LoraConfig;
  modules: readonly LoraModule[];
}

/** W + scaling · B · A for each adapted layer. Throws `internal` where the adapter does not fit the base. */
export function mergedTensors(base: ModelTensors, { config, modules }: LoraAdapter): ModelTensors {
  const { rank } = config;
  const scaling = loraScaling(config);
  const adapted = new Map(modules.map((module) => [`${module.path}.weight`, module]));
  for (const [name, { path, inputs, outputs, a, b }] of adapted) {
    const shape = base.names.includes(name) ? base.shape(name) : [];
    if (shape.join() !== `${outputs},${inputs}` || a.length !== rank * inputs || b.length !== outputs * rank) {
      throw new AppError('internal', `The adapter of ${path} does not fit the model: [${shape.join(', ')}].`);
    }
  }
  return {
    names: base.names,
    shape: (name) => base.shape(name),
    async lines(name, from, to) {
      const values = await base.lines(name, from, to);
      const module = adapted.get(name);
      if (module === undefined) return values;
      const { inputs, a, b } = module;
      const merged = new Float32Array(values.length);
      const line = new Float64Array(inputs);
      for (let row = from; row < to; row++) {
        line.fill(0);
        for (let r = 0; r < rank; r++) {
          const factor = b[row * rank + r] ?? 0;
          const start = r * inputs;
          for (let i = 0; i < inputs; i++) line[i] = (line[i] ?? 0) + factor * (a[start + i] ?? 0);
        }
        const start = (row - from) * inputs;
        for (let i = 0; i < inputs; i++) merged[start + i] = (values[start + i] ?? 0) + scaling * (line[i] ?? 0);
      }
      return merged;
    },
  };
}
