/**
 * An adapter that becomes part of the matrices it stands on, W + scaling·A·B, in float32. The model's own stay as they are,
 * packed ones too: to take an adapter out again is to dispose of what was merged.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type LoraConfig, loraScaling } from '../../core/models/lora';
import { LORA_A, LORA_B } from '../adapters/adapted-linear';
import { type LinearModule, targetModules } from '../adapters/adapter';
import { addProduct } from '../ops/low-rank';
import { cloneWeights, matrix, type NamedArray, parameter, type Weights } from './weights';

/**
 * The matrices that an adapter changes, merged, by the engine's names: the caller's, and kept also inside `tf.tidy`.
 * `weights` have model and adapter.
 */
export function mergeAdapter(weights: Weights, modules: readonly LinearModule[], lora: LoraConfig): Weights {
  const targets = targetModules(modules, lora);
  const names = new Set(targets.map((module) => weightOf(module)));
  const merged = cloneWeights(new Map([...names].map((name) => [name, matrix(weights, name)])));
  for (const module of targets) {
    const name = weightOf(module);
    const before = parameter(merged, name);
    const [a, b] = [parameter(weights, module.path + LORA_A), parameter(weights, module.path + LORA_B)];
    const start = module.standsIn?.start ?? 0;
    const after = tf.tidy(() => addProduct(before, a, b, { factor: loraScaling(lora), start }));
    if (after === before) continue;
    before.dispose();
    merged.set(name, tf.keep(after));
  }
  return merged;
}

/**
 * The same for one matrix as files have it: weight [outputs, inputs], and A and B as the engine has them. Sums in float64,
 * rounded once.
 */
export function mergeFileWeight(weight: NamedArray, a: NamedArray, b: NamedArray, lora: LoraConfig): NamedArray {
  const [outputs = 0, inputs = 0] = weight.shape;
  const rank = a.shape[1] ?? 0;
  const scaling = loraScaling(lora);
  const values = new Float32Array(weight.values.length);
  const line = new Float64Array(inputs);
  for (let output = 0; output < outputs; output++) {
    line.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scaling * (b.values[r * outputs + output] ?? 0);
      for (let input = 0; input < inputs; input++) {
        line[input] = (line[input] ?? 0) + factor * (a.values[input * rank + r] ?? 0);
      }
    }
    const at = output * inputs;
    for (let input = 0; input < inputs; input++) {
      values[at + input] = (weight.values[at + input] ?? 0) + (line[input] ?? 0);
    }
  }
  return { name: weight.name, shape: [...weight.shape], values };
}

function weightOf({ path, standsIn }: LinearModule): string {
  return `${standsIn?.path ?? path}.weight`;
}
