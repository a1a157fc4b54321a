/**
 * A decoder's layers over one new token a text on WebGPU, in five dispatches each whatever adapters there are: query, key
 * and value; attention; output; gate and up; down. See modeling.ts for what they compute.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../../core/errors';
import { type LoraConfig, loraScaling } from '../../../core/models/lora';
import { hasAdapter, LORA_A, LORA_B } from '../../adapters/adapted-linear';
import type { Gpu } from '../../device/gpu';
import { currentPath } from '../../ops/path';
import { rotaryTable } from '../../ops/rotary';
import { gpuTokenAttention } from '../../ops/webgpu/token-attention';
import {
  disposeTokenProduct,
  gpuTokenProduct,
  prepareTokenProduct,
  type TokenPart,
  type TokenProduct,
} from '../../ops/webgpu/token-product';
import type { Continuation, TokenLogits } from '../family';
import { matrix, parameter, type Weights } from '../weights';
import { LAST_NORM, layerPrefix, type LlamaConfig, outputTable } from './config';

interface TokenLayer {
  qkv: TokenProduct;
  output: TokenProduct;
  gateUp: TokenProduct;
  down: TokenProduct;
  /** Of query and key, where heads are normalised. */
  gammas: tf.Tensor | undefined;
}

/**
 * Lays together what the layers read beside their matrices: to be made again when an adapter has changed. Null off
 * WebGPU, and for a model whose widths are not whole fours.
 */
export function tokenLogits(config: LlamaConfig, weights: Weights, lora?: LoraConfig): TokenLogits | null {
  const path = currentPath();
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize, vocabSize } = config;
  const widths = [hiddenSize, intermediateSize, heads * headSize, keyValueHeads * headSize, vocabSize];
  if (path.kind !== 'webgpu' || widths.some((width) => width % 4 !== 0)) return null;
  const { gpu } = path;
  const layers: TokenLayer[] = [];
  tf.tidy(() => {
    for (let layer = 0; layer < config.layers; layer++) layers.push(prepared(config, weights, layer, lora));
  });
  const head = prepareTokenProduct([{ weight: matrix(weights, outputTable(config)), outputsFirst: true }], {
    gamma: parameter(weights, LAST_NORM),
    epsilon: config.rmsNormEps,
  });
  return {
    logits: (hidden, continuation) => gpuTokenProduct(gpu, runTokens(gpu, config, layers, hidden, continuation), head),
    dispose: () => {
      for (const { qkv, output, gateUp, down, gammas } of layers) {
        [qkv, output, gateUp, down].forEach(disposeTokenProduct);
        gammas?.dispose();
      }
      disposeTokenProduct(head);
    },
  };
}

function runTokens(
  gpu: Gpu,
  { headSize, ropeTheta, rmsNormEps: epsilon }: LlamaConfig,
  layers: readonly TokenLayer[],
  hidden: tf.Tensor,
  { past, positions }: Continuation,
): tf.Tensor {
  const places = { positions: tf.tensor1d(positions, 'int32'), table: rotaryTable(positions, headSize, ropeTheta) };
  return layers.reduce((state, { qkv, output, gateUp, down, gammas }, layer) => {
    const own = past[layer];
    if (own === undefined) throw new AppError('internal', `Nothing keeps the past of layer ${layer}.`);
    return tf.tidy(() => {
      const packed = gpuTokenProduct(gpu, state, qkv);
      const mixed = gpuTokenAttention(gpu, own, packed, places, gammas && { gammas, epsilon });
      const middle = gpuTokenProduct(gpu, mixed, output, { residual: state });
      const inner = gpuTokenProduct(gpu, middle, gateUp, { swiGlu: true });
      return gpuTokenProduct(gpu, inner, down, { residual: middle });
    });
  }, hidden);
}

function prepared(config: LlamaConfig, weights: Weights, layer: number, lora?: LoraConfig): TokenLayer {
  const prefix = layerPrefix(layer);
  const part = (name: string): TokenPart => {
    const path = `${prefix}.${name}`;
    return {
      weight: matrix(weights, `${path}.weight`),
      bias: weights.has(`${path}.bias`) ? parameter(weights, `${path}.bias`) : undefined,
      adapter: adapterOf(weights, path, lora),
    };
  };
  const norm = (name: string) => ({
    gamma: parameter(weights, `${prefix}.${name}.weight`),
    epsilon: config.rmsNormEps,
  });
  const gammaOf = (name: string): tf.Tensor => parameter(weights, `${prefix}.self_attn.${name}.weight`);
  return {
    qkv: prepareTokenProduct(
      [part('self_attn.q_proj'), part('self_attn.k_proj'), part('self_attn.v_proj')],
      norm('input_layernorm'),
    ),
    output: prepareTokenProduct([part('self_attn.o_proj')]),
    gateUp: prepareTokenProduct([part('mlp.gate_proj'), part('mlp.up_proj')], norm('post_attention_layernorm')),
    down: prepareTokenProduct([part('mlp.down_proj')]),
    gammas: config.queryKeyNorm ? tf.keep(tf.concat([gammaOf('q_norm'), gammaOf('k_norm')])) : undefined,
  };
}

function adapterOf(weights: Weights, path: string, lora?: LoraConfig): TokenPart['adapter'] {
  if (!hasAdapter(weights, path)) return undefined;
  if (lora === undefined)
    throw new AppError('internal', `«${path}» has an adapter, and nothing says how it is scaled.`);
  const [a, b] = [parameter(weights, path + LORA_A), parameter(weights, path + LORA_B)];
  return { a, b, scaling: loraScaling(lora) };
}
