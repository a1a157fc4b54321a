/**
 * Decoders of Llama's shape (Touvron et al. 2023) as pure functions of weights: RMSNorm before each half of a layer,
 * rotary positions, attention whose heads share keys, SwiGLU. Every projection is applied through `adapted`, so that an
 * adapter may stand on any of them. Hidden states are one matrix [batch·tokens, hidden].
 * All functions make tensors: call them inside `tf.tidy`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../../core/errors';
import type { LoraConfig } from '../../../core/models/lora';
import type { TokenBatch } from '../../../core/text/batches';
import { adapted, type Adaptation } from '../../adapters/adapted-linear';
import { add } from '../../ops/add';
import { attention } from '../../ops/attention';
import { attentionShape, type AttentionShape } from '../../ops/attention-shape';
import type { Dropout } from '../../ops/dropout';
import { attendPast, remember } from '../../ops/key-values';
import { PackedMatrix } from '../../ops/packed-matrix';
import { isRecording } from '../../ops/linear';
import { recomputed } from '../../ops/recomputed';
import { rmsNorm } from '../../ops/rms-norm';
import { rotary, rotaryTable } from '../../ops/rotary';
import { swiGlu } from '../../ops/swi-glu';
import { tableRows } from '../../ops/table-rows';
import type { Continuation } from '../family';
import { matrix, parameter, type Weights } from '../weights';
import { LAST_NORM, layerPrefix, type LlamaConfig, WORD_TABLE } from './config';

/** Rows of the word table: [batch·tokens, hidden]. */
export function embed(_: LlamaConfig, weights: Weights, batch: TokenBatch): tf.Tensor {
  return tableRows(matrix(weights, WORD_TABLE), batch.ids);
}

/** Layers `from` (included) to `to` (not included): [batch·tokens, hidden] → the same. */
export function runLayers(
  config: LlamaConfig,
  weights: Weights,
  hidden: tf.Tensor,
  batch: TokenBatch,
  from: number,
  to: number,
  dropout?: Dropout,
  lora?: LoraConfig,
  recompute = false,
): tf.Tensor {
  const { heads, keyValueHeads, headSize, ropeTheta } = config;
  const positions = Int32Array.from({ length: batch.tokens }, (_, position) => position);
  const newPass = (): Pass => ({
    config,
    weights,
    table: rotaryTable(positions, headSize, ropeTheta),
    attend: attendWithin(attentionShape(batch, heads, headSize, { keyValueHeads, causal: true })),
    adaptation: { lora, dropout: dropout && { ...dropout, tokens: batch.tokens } },
  });
  let state = hidden;
  if (recompute && isRecording()) {
    for (let layer = from; layer < to; layer++) {
      // What all layers share is made anew too: it does not live until the gradient.
      state = tf.tidy(() => recomputed(state, trainableOf(weights, layer), (x) => runLayer(newPass(), x, layer)));
    }
    return state;
  }
  const pass = newPass();
  // What a layer made and no gradient needs goes with the layer.
  for (let layer = from; layer < to; layer++) state = tf.tidy(() => runLayer(pass, state, layer));
  return state;
}

/** All tensors of a layer, of which some may be trained. */
function trainableOf(weights: Weights, layer: number): tf.Tensor[] {
  const prefix = `${layerPrefix(layer)}.`;
  return [...weights].flatMap(([name, weight]) =>
    name.startsWith(prefix) && !(weight instanceof PackedMatrix) ? weight : [],
  );
}

/** All layers over new tokens, whose keys and values are kept in `past`, a place for each layer; see `DecoderFamily`. */
export function continueLayers(
  config: LlamaConfig,
  weights: Weights,
  hidden: tf.Tensor,
  { past, positions, prompt }: Continuation,
  lora?: LoraConfig,
): tf.Tensor {
  const { heads, keyValueHeads, headSize, ropeTheta } = config;
  const within = prompt && attendWithin(attentionShape(prompt, heads, headSize, { keyValueHeads, causal: true }));
  const pass: Pass = {
    config,
    weights,
    table: rotaryTable(positions, headSize, ropeTheta),
    attend: (qkv, layer) => {
      const own = past[layer];
      if (own === undefined) throw new AppError('internal', `Nothing keeps the past of layer ${layer}.`);
      if (!within || !prompt) return attendPast(own, qkv, positions);
      remember(own, qkv, prompt.tokens);
      return within(qkv, layer);
    },
    adaptation: { lora },
  };
  let state = hidden;
  for (let layer = 0; layer < config.layers; layer++) state = tf.tidy(() => runLayer(pass, state, layer));
  return state;
}

/** The last norm. */
export function finish({ rmsNormEps }: LlamaConfig, weights: Weights, states: tf.Tensor): tf.Tensor {
  return rmsNorm(states, parameter(weights, LAST_NORM), rmsNormEps);
}

/** What all layers of a forward pass share. */
export interface Pass {
  config: LlamaConfig;
  weights: Weights;
  /** Of the positions of the rows: see `rotary`. */
  table: tf.Tensor;
  /** Query, key and value of a layer's new tokens side by side → the mixed heads. */
  attend: (qkv: tf.Tensor, layer: number) => tf.Tensor;
  adaptation: Adaptation;
}

/** Among the tokens of the batch themselves. Probabilities have no dropout. */
function attendWithin(shape: AttentionShape): Pass['attend'] {
  return (qkv, layer) => attention(qkv, shape, undefined, [layer, 'probabilities']);
}

/** hidden: [rows, hidden] → the same. */
export function runLayer(pass: Pass, hidden: tf.Tensor, layer: number): tf.Tensor {
  const { config, weights, table, attend, adaptation } = pass;
  const prefix = layerPrefix(layer);
  const apply = (x: tf.Tensor, part: string): tf.Tensor => adapted(x, weights, `${prefix}.${part}`, adaptation);
  const norm = (x: tf.Tensor, part: string): tf.Tensor =>
    rmsNorm(x, parameter(weights, `${prefix}.${part}.weight`), config.rmsNormEps);
  /** A norm of each head by itself. */
  const headNorm = (x: tf.Tensor, part: string): tf.Tensor => (config.queryKeyNorm ? norm(x, part) : x);

  const before = norm(hidden, 'input_layernorm');
  const query = headNorm(apply(before, 'self_attn.q_proj'), 'self_attn.q_norm');
  const key = headNorm(apply(before, 'self_attn.k_proj'), 'self_attn.k_norm');
  const value = apply(before, 'self_attn.v_proj');
  const mixed = attend(rotary({ query, key, value }, table), layer);
  const middle = add(hidden, apply(mixed, 'self_attn.o_proj'));

  const inner = norm(middle, 'post_attention_layernorm');
  const product = swiGlu(apply(inner, 'mlp.gate_proj'), apply(inner, 'mlp.up_proj'));
  return add(middle, apply(product, 'mlp.down_proj'));
}
