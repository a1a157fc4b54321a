import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { rotary, rotaryTable } from '../../../src/engine/ops/rotary';
import { deviation, workOf } from '../../helpers/gpu-work';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const POSITIONS = Int32Array.of(0, 3, 700);

checkOperation('rotary', {
  shapes: [
    [6, 12],
    [6, 6],
    [6, 6],
  ],
  run: (x) => rotary({ query: x(0), key: x(1), value: x(2) }, rotaryTable(POSITIONS, 6, 10_000)),
});

const [ROWS, HEADS, KEY_HEADS, HEAD_SIZE, THETA] = [4, 3, 1, 64, 100_000];

/** As Hugging Face has it: x·cos + rotate_half(x)·sin. */
function reference(x: Float32Array, heads: number, positions: readonly number[], sign: 1 | -1): Float64Array {
  const half = HEAD_SIZE / 2;
  return Float64Array.from(x, (value, i) => {
    const [row, within] = [Math.floor(i / (heads * HEAD_SIZE)), i % HEAD_SIZE];
    const angle = (positions[row] ?? NaN) * THETA ** ((-2 * (within % half)) / HEAD_SIZE);
    const other = within < half ? -(x[i + half] ?? NaN) : (x[i - half] ?? NaN);
    return value * Math.cos(angle) + sign * other * Math.sin(angle);
  });
}

describe.each(['webgpu', 'wasm'] as const)('rotary on %s', (backend) => {
  test('is the definition in float64, value as it was, and the gradient is the turn back', async () => {
    await startBackend(backend);
    const sizes = [HEADS, KEY_HEADS, KEY_HEADS].map((heads) => heads * HEAD_SIZE);
    const inputs = sizes.map((width, i) => [randomValues(i + 1, ROWS * width), [ROWS, width]] as const);
    const width = sizes.reduce((a, b) => a + b);
    const dy = randomValues(9, ROWS * width);
    const { value, gradients, dispatches } = await workOf(
      inputs.map(([values, shape]) => [values, [...shape]] as const),
      dy,
      ([query, key, own]) => {
        if (!query || !key || !own) throw new Error('Three inputs are needed.');
        return rotary({ query, key, value: own }, rotaryTable(Int32Array.of(5, 1000), HEAD_SIZE, THETA));
      },
    );
    // Two positions for four rows: each text has the same.
    const positions = [5, 1000, 5, 1000];
    const columns = (from: Float32Array, part: number): Float32Array => {
      const start = sizes.slice(0, part).reduce((a, b) => a + b, 0);
      const own = sizes[part] ?? 0;
      return Float32Array.from({ length: ROWS * own }, (_, i) => {
        return from[Math.floor(i / own) * width + start + (i % own)] ?? NaN;
      });
    };
    const [query, key, own] = inputs.map(([values]) => values);
    const none = new Float32Array();
    expect(deviation(columns(value, 0), reference(query ?? none, HEADS, positions, 1))).toBeLessThan(1e-4);
    expect(deviation(columns(value, 1), reference(key ?? none, KEY_HEADS, positions, 1))).toBeLessThan(1e-4);
    expect(columns(value, 2)).toEqual(own);
    expect(deviation(gradients[0] ?? none, reference(columns(dy, 0), HEADS, positions, -1))).toBeLessThan(1e-4);
    expect(deviation(gradients[1] ?? none, reference(columns(dy, 1), KEY_HEADS, positions, -1))).toBeLessThan(1e-4);
    expect(gradients[2]).toEqual(columns(dy, 2));
    expect(dispatches).toEqual(backend === 'webgpu' ? { forward: 1, backward: 1 } : { forward: 0, backward: 0 });
  });

  test('no rows give no rows', async () => {
    await startBackend(backend);
    const none = () => tf.zeros([0, 64]);
    const out = tf.tidy(() => rotary({ query: none(), key: none(), value: none() }, rotaryTable(POSITIONS, 64, 10)));
    expect(out.shape).toEqual([0, 192]);
    out.dispose();
  });
});
