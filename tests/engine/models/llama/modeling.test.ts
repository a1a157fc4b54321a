import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { padBatch } from '../../../../src/core/text/batches';
import { LORA_A, LORA_B } from '../../../../src/engine/adapters/adapted-linear';
import { type Decoder, decoderStates, outputTable } from '../../../../src/engine/models/decoder';
import { layerPrefix, type LlamaConfig, PROJECTIONS } from '../../../../src/engine/models/llama/config';
import { disposeWeights, parameter } from '../../../../src/engine/models/weights';
import { chunkedCrossEntropy } from '../../../../src/engine/ops/chunked-cross-entropy';
import { gradientsOf } from '../../../../src/engine/ops/gradients';
import { difference, takeValues } from '../../../helpers/minilm-parity';
import { randomValues } from '../../../helpers/operations';
import { tinyRows } from '../../../helpers/tiny-bert';
import { tinyDecoder, tinyLlama, tinyQwen2, tinyQwen3 } from '../../../helpers/tiny-llama';
import { startBackend, startPortable } from '../../../helpers/tf-node';

const BACKENDS = {
  webgpu: () => startBackend('webgpu'),
  wasm: () => startBackend('wasm'),
  portable: startPortable,
};
const CONFIGS = { llama: tinyLlama, qwen2: tinyQwen2, qwen3: tinyQwen3 };
const LORA = { targetModules: [], rank: 2, alpha: 4, rankStabilized: false, dropout: 0 };
const ROWS = tinyRows(1, [7, 12, 1]);

/** With an adapter on every projection, none of whose matrices is zero. */
function adaptedDecoder(config: LlamaConfig): { decoder: Decoder; names: string[] } {
  const decoder: Decoder = { ...tinyDecoder(1, config), lora: LORA };
  const names: string[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const part of PROJECTIONS) {
      const path = `${layerPrefix(layer)}.${part}`;
      const [inputs = 0, outputs = 0] = parameter(decoder.weights, `${path}.weight`).shape;
      for (const [name, shape] of [
        [path + LORA_A, [inputs, LORA.rank]],
        [path + LORA_B, [LORA.rank, outputs]],
      ] as const) {
        names.push(name);
        const values = randomValues(names.length, shape[0] * shape[1]).map((x) => 0.3 * x);
        decoder.weights.set(name, tf.tensor2d(values, [...shape]));
      }
    }
  }
  return { decoder, names };
}

/** The loss of the next token of every row, and the gradients of all adapters. */
async function slopes(config: LlamaConfig): Promise<{ loss: number; gradients: Float32Array[] }> {
  const { decoder, names } = adaptedDecoder(config);
  const batch = padBatch(ROWS);
  const labels = batch.ids.map((_, i) => batch.ids[i + 1] ?? 0);
  const rowWeights = Float32Array.from(batch.ids, (_, i) =>
    i % batch.tokens < (batch.lengths[Math.floor(i / batch.tokens)] ?? 0) - 1 ? 1 : 0,
  );
  const { value, gradients } = gradientsOf(
    () =>
      chunkedCrossEntropy(
        decoderStates(decoder, batch),
        parameter(decoder.weights, decoder.family.outputTable(config)),
        labels,
        { rowWeights },
      ),
    names.map((name) => parameter(decoder.weights, name)),
  );
  const [loss = NaN] = await takeValues(value);
  const values: Float32Array[] = [];
  for (const gradient of gradients) values.push(gradient ? await takeValues(gradient) : new Float32Array());
  disposeWeights(decoder.weights);
  return { loss, gradients: values };
}

// A program that does not compile gives whatever was in memory, and that may be right.
afterAll(async () => (await startBackend('webgpu')).guard.check());

describe.each(['llama', 'qwen2', 'qwen3'] as const)('a tiny %s', (kind) => {
  const config = CONFIGS[kind];

  test('the loss and the gradient of every adapter are the same on three paths, and none is zero', async () => {
    await BACKENDS.portable();
    const portable = await slopes(config);
    expect(portable.loss).toBeGreaterThan(1);
    expect(portable.gradients).toHaveLength(2 * 7 * config.layers);
    for (const gradient of portable.gradients) expect(Math.hypot(...gradient)).toBeGreaterThan(1e-6);
    for (const backend of ['wasm', 'webgpu'] as const) {
      await BACKENDS[backend]();
      const own = await slopes(config);
      expect(Math.abs(own.loss - portable.loss)).toBeLessThan(1e-5);
      own.gradients.forEach((gradient, i) => {
        expect(difference(gradient, [...(portable.gradients[i] ?? [])])).toBeLessThan(1e-5);
      });
    }
  });

  test.each(['wasm', 'webgpu'] as const)(
    '%s: a text alone has the states that it has among others',
    async (backend) => {
      await BACKENDS[backend]();
      const decoder = tinyDecoder(1, config);
      const batch = padBatch(ROWS);
      const together = await takeValues(tf.tidy(() => decoderStates(decoder, batch)));
      for (const [i, row] of ROWS.entries()) {
        const alone = await takeValues(tf.tidy(() => decoderStates(decoder, padBatch([row]))));
        const own = alone.subarray(0, row.length * config.hiddenSize);
        const start = i * batch.tokens * config.hiddenSize;
        expect(difference(together.subarray(start, start + own.length), [...own])).toBeLessThan(1e-5);
      }
      disposeWeights(decoder.weights);
    },
  );
});

test.each(['wasm', 'webgpu'] as const)(
  '%s: layers that are computed again for their gradient give the same bits, dropout too, and keep less meanwhile',
  async (backend) => {
    await BACKENDS[backend]();
    const run = async (recompute: boolean) => {
      const { decoder, names } = adaptedDecoder({ ...tinyLlama, layers: 4 });
      const batch = padBatch(ROWS);
      const lora = { ...LORA, dropout: 0.3 };
      let most = 0;
      const { value, gradients } = gradientsOf(
        () => {
          const states = decoderStates({ ...decoder, lora, recompute }, batch, { rate: 0, seed: 5 });
          most = tf.memory().numTensors;
          return states;
        },
        names.map((name) => parameter(decoder.weights, name)),
      );
      const values = await Promise.all([value, ...gradients].map((one) => (one ? takeValues(one) : [])));
      disposeWeights(decoder.weights);
      return { values, most };
    };
    const before = tf.memory().numTensors;
    const [plain, again] = [await run(false), await run(true)];
    expect(again.values).toEqual(plain.values);
    expect(plain.values.flatMap((one) => [...one]).some((value) => value !== 0)).toBe(true);
    expect(again.most).toBeLessThan(plain.most - 40);
    expect(tf.memory().numTensors).toBe(before);
  },
);

test('a token sees nothing of those behind it, and all of those before', async () => {
  await BACKENDS.wasm();
  const decoder = tinyDecoder(1);
  const states = async (ids: number[]) =>
    takeValues(
      tf.tidy(() =>
        decoderStates(decoder, { batch: 1, tokens: 4, ids: Int32Array.from(ids), lengths: Int32Array.of(4) }),
      ),
    );
  const [one, other, third] = [await states([3, 4, 5, 6]), await states([3, 4, 5, 9]), await states([2, 4, 5, 6])];
  const h = tinyLlama.hiddenSize;
  expect(one.subarray(0, 3 * h)).toEqual(other.subarray(0, 3 * h));
  expect(one.subarray(3 * h)).not.toEqual(other.subarray(3 * h));
  for (let token = 0; token < 4; token++) {
    expect(one.subarray(token * h, (token + 1) * h)).not.toEqual(third.subarray(token * h, (token + 1) * h));
  }
  disposeWeights(decoder.weights);
});

test('a batch longer than the positions is refused; the output table is that of the config', async () => {
  await BACKENDS.wasm();
  const decoder = tinyDecoder(1, tinyQwen2);
  const ids = new Int32Array(129);
  expect(() => decoderStates(decoder, { batch: 1, tokens: 129, ids, lengths: Int32Array.of(129) })).toThrow(
    '128 positions',
  );
  expect(outputTable(decoder)).toBe(decoder.weights.get('lm_head.weight'));
  disposeWeights(decoder.weights);
});
