import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GREEDY, type GenerationSettings } from '../../../src/core/text/generation-settings';
import { likeliest } from '../../../src/core/text/sampling';
import { GpuLedger } from '../../../src/engine/bench/gpu-ledger';
import type { Device } from '../../../src/engine/device/select';
import { generate, type AnswerTokenizer } from '../../../src/engine/generate/generate';
import { Writer } from '../../../src/engine/generate/writer';
import { type Decoder, decoderStates, outputTable } from '../../../src/engine/models/decoder';
import { disposeWeights, parameter } from '../../../src/engine/models/weights';
import { logitsOf } from '../../../src/engine/ops/chunked-cross-entropy';
import { difference, takeValues } from '../../helpers/minilm-parity';
import { randomValues } from '../../helpers/operations';
import { tinyRows } from '../../helpers/tiny-bert';
import { tinyDecoder, tinyLlama, tinyQwen2, tinyQwen3 } from '../../helpers/tiny-llama';
import { startBackend } from '../../helpers/tf-node';

/** Each id is a letter; two of them end an answer where they are named. */
const letters = (endIds: readonly number[] = []): AnswerTokenizer => ({
  endIds,
  stream: () => ({ push: (id) => (endIds.includes(id) ? '' : String.fromCodePoint(0x4e00 + id)), end: () => '' }),
});
const textOf = (ids: readonly number[]): string => ids.map((id) => String.fromCodePoint(0x4e00 + id)).join('');

const PROMPTS = tinyRows(3, [5, 1, 9]);
const settings = (own: Partial<GenerationSettings> = {}): GenerationSettings => ({
  ...GREEDY,
  maxNewTokens: 12,
  ...own,
});

/** The logits of the last token, all computed anew. */
async function anew(decoder: Decoder, ids: readonly number[]): Promise<Float32Array> {
  const batch = { batch: 1, tokens: ids.length, ids: Int32Array.from(ids), lengths: Int32Array.of(ids.length) };
  const logits = await takeValues(tf.tidy(() => logitsOf(decoderStates(decoder, batch), outputTable(decoder))));
  return logits.slice(-decoder.config.vocabSize);
}

const ADAPTED = ['q_proj', 'v_proj']
  .map((part) => `model.layers.1.self_attn.${part}`)
  .concat('model.layers.0.mlp.down_proj');

/** Of rank 3, on three of its linear layers. */
function adaptedDecoder(): Decoder {
  const decoder = tinyDecoder(2);
  ADAPTED.forEach((path, i) => {
    const [inputs = 0, outputs = 0] = parameter(decoder.weights, `${path}.weight`).shape;
    decoder.weights.set(`${path}.lora_A.weight`, tf.tensor2d(randomValues(i, 3 * inputs), [inputs, 3]));
    decoder.weights.set(`${path}.lora_B.weight`, tf.tensor2d(randomValues(i + 9, 3 * outputs), [3, outputs]));
  });
  return { ...decoder, lora: { targetModules: [], rank: 3, alpha: 1, rankStabilized: false, dropout: 0 } };
}

/** One of its parameters times a factor. */
function scale({ weights }: Decoder, name: string, factor: number): void {
  const before = parameter(weights, name);
  weights.set(name, tf.mul(before, factor));
  before.dispose();
}

/** Dispatches of `work`. */
async function dispatchesOf(work: () => Promise<unknown>): Promise<number> {
  const ledger = new GpuLedger();
  try {
    await work();
    return ledger.counts.dispatches;
  } finally {
    ledger.stop();
  }
}

test('on WebGPU a token takes five dispatches a layer, its embedding and its logits, with adapters too', async () => {
  await startBackend('webgpu');
  for (const decoder of [tinyDecoder(2), adaptedDecoder()]) {
    const { writer } = await Writer.begin(decoder, PROMPTS, 4);
    // The first lays together what stands beside the matrices.
    await writer.next(Int32Array.of(1, 2, 3));
    expect(await dispatchesOf(() => writer.next(Int32Array.of(1, 2, 3)))).toBe(5 * tinyLlama.layers + 2);
    writer.dispose();
    disposeWeights(decoder.weights);
  }
});

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  let device: Device;
  beforeAll(async () => {
    device = await startBackend(backend);
  });
  // A program that does not compile gives whatever was in memory, and that may be right.
  afterEach(() => device.guard.check());

  test.each([
    ['llama', tinyLlama],
    ['qwen2', tinyQwen2],
    ['qwen3', tinyQwen3],
    // Heads that are not whole fours, and more than 64 numbers to one.
    ['odd heads', { ...tinyLlama, headSize: 6, heads: 3, keyValueHeads: 1 }],
    ['wide heads', { ...tinyLlama, headSize: 100, heads: 2, keyValueHeads: 2 }],
  ])(
    '%s: from what was kept come the logits that come anew, for texts of any length side by side',
    async (_, config) => {
      const decoder = tinyDecoder(2, config);
      const { writer, logits: first } = await Writer.begin(decoder, PROMPTS, 66);
      const texts = PROMPTS.map((prompt) => [...prompt]);
      let logits = first;
      for (let step = 0; step < 66; step++) {
        // Past one round of 64 threads too; compared where it is new.
        if (step < 2 || step === 65) {
          for (const [i, text] of texts.entries()) {
            expect(difference(logits[i] ?? new Float32Array(), [...(await anew(decoder, text))])).toBeLessThan(2e-5);
          }
        }
        const ids = logits.map(likeliest);
        ids.forEach((id, i) => texts[i]?.push(id));
        logits = await writer.next(Int32Array.from(ids));
      }
      writer.dispose();
      disposeWeights(decoder.weights);
    },
  );

  test('so they do with adapters on some of the layers, which are taken as they are when an answer begins', async () => {
    const decoder = adaptedDecoder();
    for (const factor of [1, -2]) {
      for (const name of ADAPTED) scale(decoder, `${name}.lora_B.weight`, factor);
      const { writer, logits } = await Writer.begin(decoder, PROMPTS, 4);
      const next = await writer.next(Int32Array.from(logits.map(likeliest)));
      for (const [i, prompt] of PROMPTS.entries()) {
        const text = [...prompt, likeliest(logits[i] ?? new Float32Array())];
        expect(difference(next[i] ?? new Float32Array(), [...(await anew(decoder, text))])).toBeLessThan(2e-5);
      }
      writer.dispose();
    }
    disposeWeights(decoder.weights);
  });

  test('several prompts have the answers that each has alone, greedy and by lot; a seed gives the same again', async () => {
    const decoder = tinyDecoder(2);
    for (const own of [{}, { temperature: 1.3, topK: 30, topP: 0.95, minP: 0.01, repetitionPenalty: 1.1, seed: 7 }]) {
      const together = await generate(decoder, letters(), PROMPTS, settings(own));
      for (const [i, prompt] of PROMPTS.entries()) {
        expect(await generate(decoder, letters(), [prompt], settings(own))).toEqual([together[i]]);
      }
      expect(await generate(decoder, letters(), PROMPTS, settings(own))).toEqual(together);
    }
    const [one] = await generate(decoder, letters(), PROMPTS, settings({ temperature: 2, seed: 1 }));
    const [other] = await generate(decoder, letters(), PROMPTS, settings({ temperature: 2, seed: 2 }));
    expect(one?.ids).not.toEqual(other?.ids);
    disposeWeights(decoder.weights);
  });
});

describe('an answer', () => {
  let decoder: Decoder;
  let ids: number[];
  beforeAll(async () => {
    await startBackend('wasm');
    decoder = tinyDecoder(2);
    ids = (await generate(decoder, letters(), PROMPTS, settings()))[0]?.ids ?? [];
  });

  test('has as many tokens as it may at most, and their text', async () => {
    const [answer] = await generate(decoder, letters(), PROMPTS, settings({ maxNewTokens: 3 }));
    expect(answer).toEqual({ ids: ids.slice(0, 3), text: textOf(ids.slice(0, 3)), end: 'length' });
    expect(ids).toHaveLength(12);
    expect(await generate(decoder, letters(), PROMPTS.slice(0, 1), settings({ maxNewTokens: 0 }))).toMatchObject([
      { ids: [], end: 'length' },
    ]);
    expect(await generate(decoder, letters(), [], settings())).toEqual([]);
  });

  test('ends with an end token, which is not in the text; others go on', async () => {
    const end = ids[4] ?? NaN;
    const at = ids.indexOf(end);
    const [answer, ...others] = await generate(decoder, letters([end]), PROMPTS, settings());
    expect(answer).toEqual({ ids: ids.slice(0, at + 1), text: textOf(ids.slice(0, at)), end: 'end' });
    expect(others.some(({ ids }) => ids.length > at + 1)).toBe(true);
  });

  test('ends before a stop text that two tokens make', async () => {
    const stop = textOf(ids.slice(3, 5));
    const at = textOf(ids).indexOf(stop);
    const [answer] = await generate(decoder, letters(), PROMPTS, settings({ stop: [stop] }));
    expect(answer).toEqual({ ids: ids.slice(0, at + 2), text: textOf(ids.slice(0, at)), end: 'stop' });
  });

  test('is told token by token: together the texts are the answer', async () => {
    const told: { index: number; id: number; text: string }[] = [];
    const answers = await generate(decoder, letters(), PROMPTS, settings(), { onToken: (token) => told.push(token) });
    answers.forEach((answer, index) => {
      const own = told.filter((token) => token.index === index);
      expect(own.map(({ id }) => id)).toEqual(answer.ids);
      expect(own.map(({ text }) => text).join('')).toBe(answer.text);
    });
  });

  test('is cut where it is stopped, and nothing is left behind', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    let count = 0;
    const [answer] = await generate(decoder, letters(), PROMPTS.slice(0, 1), settings(), {
      signal: controller.signal,
      onToken: () => {
        if (++count === 4) controller.abort();
      },
    });
    expect(answer).toEqual({ ids: ids.slice(0, 4), text: textOf(ids.slice(0, 4)), end: 'cancelled' });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('that would not fit the positions is refused, and so is an empty prompt', async () => {
    await expect(generate(decoder, letters(), PROMPTS, settings({ maxNewTokens: 120 }))).rejects.toThrow(
      '128 positions',
    );
    await expect(generate(decoder, letters(), [new Int32Array()], settings())).rejects.toThrow('no token');
  });

  test('of weights that are no numbers is an error, and nothing is left behind', async () => {
    const broken = tinyDecoder(2);
    const name = 'model.norm.weight';
    parameter(broken.weights, name).dispose();
    broken.weights.set(name, tf.fill([tinyLlama.hiddenSize], NaN));
    const before = tf.memory().numTensors;
    await expect(generate(broken, letters(), PROMPTS, settings())).rejects.toMatchObject({ code: 'non-finite' });
    expect(tf.memory().numTensors).toBe(before);
    disposeWeights(broken.weights);
  });
});
