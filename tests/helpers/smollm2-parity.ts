/** SmolLM2-135M-Instruct against the reference numbers: what the tests and `npm run parity` both run. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { GREEDY } from '../../src/core/text/generation-settings';
import { generate } from '../../src/engine/generate/generate';
import { decoderStates, type Decoder, outputTable } from '../../src/engine/models/decoder';
import { placeDecoder, readDecoder } from '../../src/engine/models/read-model';
import { logitsOf } from '../../src/engine/ops/chunked-cross-entropy';
import { difference, takeValues } from './minilm-parity';
import { builtInModel } from './models';

export interface SmolLm2Example {
  text: string;
  ids: number[];
  /** Of each token but the first, after those before it. */
  token_logprobs: number[];
  last_top10_ids: number[];
  last_top10_logits: number[];
  greedy_ids: number[];
  greedy_text: string;
}

const fixture = readFileSync(new URL('../fixtures/smollm2-forward.json', import.meta.url), 'utf8');
export const smolLm2Examples = (JSON.parse(fixture) as { examples: SmolLm2Example[] }).examples;

export async function loadSmolLm2(): Promise<Decoder> {
  return placeDecoder(await readDecoder(builtInModel('SmolLM2-135M-Instruct')));
}

export interface ForwardDifferences {
  logProbabilities: number;
  topLogits: number;
  /** The ten largest logits are of the same tokens in the same order. */
  sameTop: boolean;
}

/** A prompt alone, padded by two tokens, all at once. */
export async function forwardDifferences(decoder: Decoder, example: SmolLm2Example): Promise<ForwardDifferences> {
  const { ids } = example;
  const tokens = ids.length + 2;
  const padded = new Int32Array(tokens);
  padded.set(ids);
  const batch = { batch: 1, tokens, ids: padded, lengths: Int32Array.of(ids.length) };
  const logits = tf.tidy(() => logitsOf(decoderStates(decoder, batch), outputTable(decoder)));
  const values = await takeValues(logits);
  const { vocabSize } = decoder.config;
  const row = (i: number): Float32Array => values.subarray(i * vocabSize, (i + 1) * vocabSize);
  const logProbabilities = ids.slice(1).map((id, i) => logProbability(row(i), id));
  const last = row(ids.length - 1);
  const top = Array.from(last.keys())
    .sort((a, b) => (last[b] ?? NaN) - (last[a] ?? NaN))
    .slice(0, 10);
  return {
    logProbabilities: difference(Float32Array.from(logProbabilities), example.token_logprobs),
    topLogits: difference(
      Float32Array.from(top, (id) => last[id] ?? NaN),
      example.last_top10_logits,
    ),
    sameTop: top.join() === example.last_top10_ids.join(),
  };
}

function logProbability(logits: Float32Array, id: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
  return (logits[id] ?? NaN) - most - Math.log(sum);
}

/** Ends the reference's answers: <|im_end|>. */
const END_ID = 2;
const MOST_GREEDY = 24;

/** How many of the reference's greedy ids are missing or others, and the seconds that each token took. */
export async function greedyDifference(decoder: Decoder, { ids, greedy_ids }: SmolLm2Example) {
  const silent = { endIds: [END_ID], stream: () => ({ push: () => '', end: () => '' }) };
  const startedMs = performance.now();
  const [answer] = await generate(decoder, silent, [Int32Array.from(ids)], { ...GREEDY, maxNewTokens: MOST_GREEDY });
  const found = answer?.ids ?? [];
  const seconds = (performance.now() - startedMs) / 1000 / Math.max(1, found.length);
  const longest = Math.max(found.length, greedy_ids.length);
  return {
    wrong: Array.from({ length: longest }, (_, i) => found[i] !== greedy_ids[i]).filter(Boolean).length,
    seconds,
  };
}
