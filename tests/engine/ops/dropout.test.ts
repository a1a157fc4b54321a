import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { applyDropout, dropoutAt, randomBits } from '../../../src/engine/ops/dropout';
import { workOf } from '../../helpers/gpu-work';
import { takeValues } from '../../helpers/minilm-parity';
import { checkOperation } from '../../helpers/operations';
import { startBackend, startPortable } from '../../helpers/tf-node';

checkOperation('applyDropout', {
  shapes: [[6, 7]],
  run: (x) => applyDropout(x(0), { rate: 0.4, seed: 3, firstText: 5, tokens: 2 }, 'here'),
});

const dropped = (rate: number, seed: number, place: string) =>
  takeValues(tf.tidy(() => applyDropout(tf.ones([1000, 100]), { rate, seed }, place)));

describe('applyDropout', () => {
  test.each([
    ['wasm', () => startBackend('wasm')],
    ['portable', startPortable],
  ])('%s: drops the share it is told and keeps the mean', async (_, start) => {
    await start();
    const values = await dropped(0.1, 5, 'layer');
    const zeros = values.filter((value) => value === 0).length;
    expect(zeros / values.length).toBeCloseTo(0.1, 2);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 2);
  });

  test('the same seed and place draw the same mask; another seed or place another', async () => {
    await startBackend('wasm');
    const mask = await dropped(0.5, 5, 'layer 1');
    expect(await dropped(0.5, 5, 'layer 1')).toEqual(mask);
    for (const other of [await dropped(0.5, 6, 'layer 1'), await dropped(0.5, 5, 'layer 2')]) {
      const equal = other.filter((value, i) => value === mask[i]).length;
      expect(equal / mask.length).toBeCloseTo(0.5, 2);
    }
  });

  test.each([
    ['webgpu', () => startBackend('webgpu')],
    ['wasm', () => startBackend('wasm')],
    ['portable', startPortable],
  ])('%s: a text draws the same mask in any part of the step, however far it is padded', async (_, start) => {
    await start();
    const width = 9;
    const draw = (texts: number, tokens: number, firstText: number) =>
      takeValues(
        tf.tidy(() => applyDropout(tf.ones([texts * tokens, width]), { rate: 0.5, seed: 5, firstText, tokens })),
      );
    const whole = await draw(4, 6, 0);
    const part = await draw(2, 3, 2);
    for (const text of [0, 1]) {
      const start = (text + 2) * 6 * width;
      const own = part.subarray(text * 3 * width, (text + 1) * 3 * width);
      expect(own).toEqual(whole.subarray(start, start + 3 * width));
    }
    expect(part.subarray(0, 3 * width)).not.toEqual(part.subarray(3 * width));
  });

  test('texts of up to 512 tokens have the masks that they always had', async () => {
    await startBackend('wasm');
    const [rate, seed, width, tokens] = [0.5, 5, 3, 512];
    const mask = await takeValues(
      tf.tidy(() => applyDropout(tf.ones([tokens, width]), { rate, seed, firstText: 7, tokens })),
    );
    const { seed: own } = dropoutAt({ rate, seed });
    const expected = mask.map((_, i) => (randomBits(own, 7 * 512 * width + i) < 2 ** 31 ? 0 : 2));
    expect(mask).toEqual(expected);
  });

  test('a text of 1,024 tokens draws one mask on every way, and no part of it twice', async () => {
    const [width, tokens] = [40, 1024];
    const masks: Float32Array[] = [];
    for (const start of [() => startBackend('wasm'), () => startBackend('webgpu'), startPortable]) {
      await start();
      masks.push(
        await takeValues(
          tf.tidy(() => applyDropout(tf.ones([2 * tokens, width]), { rate: 0.5, seed: 5, firstText: 1, tokens })),
        ),
      );
    }
    const [wasm = new Float32Array(), ...others] = masks;
    for (const other of others) expect(Buffer.from(other.buffer).equals(Buffer.from(wasm.buffer))).toBe(true);
    // Halves of texts: those after token 512 were once those of the next text.
    const half = 512 * width;
    const halves = [0, 1, 2, 3].map((i) => wasm.subarray(i * half, (i + 1) * half));
    for (const [i, a] of halves.entries()) {
      expect(a.filter((value) => value === 0).length / half).toBeCloseTo(0.5, 1);
      for (const b of halves.slice(i + 1)) {
        expect(a.filter((value, j) => value === b[j]).length / half).toBeCloseTo(0.5, 1);
      }
    }
  });

  test('WebGPU drops what WebAssembly drops, also beyond 65,535 workgroups, in one dispatch each way', async () => {
    const size = 64 * 65_535 + 3;
    // Positions are beyond 2³² as well.
    const dropout = { rate: 0.25, seed: 8, firstText: 2_500_000, tokens: 7 };
    const work = () =>
      workOf([[new Float32Array(size).fill(1), [size / 3, 3]]], new Float32Array(size).fill(2), ([x]) => {
        if (!x) throw new Error('One input is needed.');
        return applyDropout(x, dropout);
      });
    await startBackend('wasm');
    const wasm = await work();
    await startBackend('webgpu');
    const { value, gradients, dispatches } = await work();
    // Compared as bytes: deep equality of four million numbers takes minutes.
    expect(Buffer.from(value.buffer).equals(Buffer.from(wasm.value.buffer))).toBe(true);
    expect(gradients[0]?.every((slope, i) => slope === 2 * (value[i] ?? NaN))).toBe(true);
    expect(dispatches).toEqual({ forward: 1, backward: 1 });
  });

  test('rate 0 and no dropout change nothing', async () => {
    await startBackend('wasm');
    const x = tf.ones([1, 3]);
    expect(applyDropout(x, undefined)).toBe(x);
    expect(applyDropout(x, { rate: 0, seed: 1 })).toBe(x);
    x.dispose();
  });
});

test('randomBits: every bit is set half of the time', () => {
  const counts = new Array<number>(32).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const bits = randomBits(77, i);
    for (let bit = 0; bit < 32; bit++) counts[bit] = (counts[bit] ?? 0) + ((bits >>> bit) & 1);
  }
  for (const count of counts) expect(Math.abs(count / 20_000 - 0.5)).toBeLessThan(0.02);
});
