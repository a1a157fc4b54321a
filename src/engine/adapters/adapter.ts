/**
 * The matrices of a LoRA adapter among a model's weights: by the path of the module that each stands on, as PEFT names them
 * (`…q_proj.lora_A.weight`), in the engine's layout [inputs, rank] and [rank, outputs]; files have both the other way round.
 */
import { type LoraConfig, targetPaths } from '../../core/models/lora';
import type { Random } from '../../core/random';
import { placed } from '../device/placed';
import type { Weights } from '../ops/parameters';
import { LORA_A, LORA_B } from './adapted-linear';

/** A linear layer of a model, which may have an adapter. */
export interface LinearModule {
  /** As in the model's files, without `.weight`. */
  path: string;
  inputs: number;
  outputs: number;
  /** Where its matrix is some columns of another module's in the engine: that one, and the first of them. */
  standsIn?: { path: string; start: number };
}

/** The modules that a config names. Throws `config-invalid` as `targetPaths` does. */
export function targetModules(modules: readonly LinearModule[], config: LoraConfig): LinearModule[] {
  const paths = new Set(
    targetPaths(
      config,
      modules.map(({ path }) => path),
    ),
  );
  return modules.filter(({ path }) => paths.has(path));
}

/** The names of an adapter's matrices, of each module A before B. */
export function adapterNames(modules: readonly LinearModule[], config: LoraConfig): string[] {
  return targetModules(modules, config).flatMap(({ path }) => [path + LORA_A, path + LORA_B]);
}

/** The shape of each in the engine. */
export function adapterShapes(modules: readonly LinearModule[], config: LoraConfig): Map<string, [number, number]> {
  return new Map(
    targetModules(modules, config).flatMap(({ path, inputs, outputs }): [string, [number, number]][] => [
      [path + LORA_A, [inputs, config.rank]],
      [path + LORA_B, [config.rank, outputs]],
    ]),
  );
}

/** The shape that a kept matrix of an adapter must have by its name, whatever the rank; undefined where it is of no module. */
export function adapterShape(
  modules: readonly LinearModule[],
  name: string,
  [rows = 0, columns = 0]: readonly number[],
): [number, number] | undefined {
  const module = modules.find(({ path }) => name === path + LORA_A || name === path + LORA_B);
  if (module === undefined) return undefined;
  return name.endsWith(LORA_A) ? [module.inputs, columns] : [rows, module.outputs];
}

/** True for the name of an adapter's matrix. */
export function isAdapterName(name: string): boolean {
  return name.endsWith(LORA_A) || name.endsWith(LORA_B);
}

/** Values that an adapter has. */
export function adapterSize(modules: readonly LinearModule[], config: LoraConfig): number {
  return targetModules(modules, config).reduce((sum, { inputs, outputs }) => sum + config.rank * (inputs + outputs), 0);
}

/** A kept adapter's matrices on the device: the caller's. */
export function adapterWeights(
  tensors: readonly { name: string; shape: readonly number[]; values: Float32Array }[],
): Weights {
  return new Map(tensors.map(({ name, shape, values }) => [name, placed(values, [...shape])]));
}

/**
 * A new adapter on the device, which changes nothing yet: A as PEFT draws it, uniform in ±1/√inputs (He et al. 2015 with
 * a = √5), B zero. The caller's.
 */
export function createAdapter(modules: readonly LinearModule[], config: LoraConfig, random: Random): Weights {
  return new Map(
    targetModules(modules, config).flatMap(({ path, inputs, outputs }) => {
      const bound = 1 / Math.sqrt(inputs);
      const values = Float32Array.from({ length: inputs * config.rank }, () => (2 * random() - 1) * bound);
      return [
        [path + LORA_A, placed(values, [inputs, config.rank])],
        [path + LORA_B, placed(new Float32Array(config.rank * outputs), [config.rank, outputs])],
      ];
    }),
  );
}
