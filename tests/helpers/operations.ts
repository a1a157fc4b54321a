/** What every differentiable operation has to stand: the same values both ways, and gradients that are slopes. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/core/random';
import type { Device } from '../../src/engine/device/select';
import { gradientsOf } from '../../src/engine/ops/gradients';
import { difference, takeValues } from './minilm-parity';
import { startBackend, startPortable } from './tf-node';

export interface Operation {
  /** Shapes of the inputs that have a gradient. */
  shapes: number[][];
  run: (inputs: (position: number) => tf.Tensor) => tf.Tensor;
}

interface Result {
  value: Float32Array;
  gradients: Float32Array[];
  tensorsLeft: number;
}

/** Half the width of the finite differences: float32 values and slopes near 1 are best told apart here. */
const STEP = 1e-2;

const BACKENDS: Record<'wasm' | 'webgpu' | 'portable', () => Promise<Device | undefined>> = {
  wasm: () => startBackend('wasm'),
  webgpu: () => startBackend('webgpu'),
  portable: () => startPortable().then(() => undefined),
};

/** Tests one operation with random inputs in ±1 and a random outer gradient. */
export function checkOperation(name: string, operation: Operation): void {
  const inputs = operation.shapes.map((shape, i) => randomValues(i + 1, size(shape)));

  describe(name, () => {
    test.each(['wasm', 'webgpu'] as const)(
      '%s and the portable way give the same values and gradients',
      async (backend) => {
        const [own, portable] = [
          await compute(backend, operation, inputs),
          await compute('portable', operation, inputs),
        ];
        expect(difference(own.value, [...portable.value])).toBeLessThan(2e-6);
        expect(own.gradients).toHaveLength(portable.gradients.length);
        own.gradients.forEach((gradient, i) => {
          expect(difference(gradient, [...(portable.gradients[i] ?? [])])).toBeLessThan(5e-6);
        });
      },
    );

    test.each(['wasm', 'webgpu', 'portable'] as const)('%s: gradients are the slopes', async (backend) => {
      const { gradients, value } = await compute(backend, operation, inputs);
      const dy = randomValues(99, value.length);
      for (const [which, values] of inputs.entries()) {
        // Every seventh element, and all where there are few.
        for (let i = 0; i < values.length; i += values.length > 40 ? 7 : 1) {
          const at = async (shift: number): Promise<number> => {
            const moved = inputs.map((input) => input.slice());
            const input = moved[which] ?? new Float32Array();
            input[i] = (input[i] ?? 0) + shift;
            const { value: shifted } = await compute(backend, operation, moved, []);
            return shifted.reduce((sum, v, j) => sum + v * (dy[j] ?? 0), 0);
          };
          const slope = ((await at(STEP)) - (await at(-STEP))) / (2 * STEP);
          const gradient = gradients[which]?.[i] ?? NaN;
          expect(Math.abs(gradient - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
        }
      }
    });

    test.each(['wasm', 'webgpu', 'portable'] as const)('%s: an input alone has its gradient', async (backend) => {
      const all = await compute(backend, operation, inputs);
      for (const which of inputs.keys()) {
        const alone = await compute(backend, operation, inputs, [which]);
        expect(alone.gradients).toHaveLength(1);
        // The same sums, for a bias alone in another order.
        expect(difference(alone.gradients[0] ?? new Float32Array(), [...(all.gradients[which] ?? [])])).toBeLessThan(
          2e-6,
        );
        expect(alone.tensorsLeft).toBe(0);
      }
    });

    test.each(['wasm', 'webgpu', 'portable'] as const)('%s: leaves no tensor behind', async (backend) => {
      expect((await compute(backend, operation, inputs)).tensorsLeft).toBe(0);
    });
  });
}

async function compute(
  backend: keyof typeof BACKENDS,
  { shapes, run }: Operation,
  inputs: Float32Array[],
  /** Positions of the inputs whose gradients are asked for. */
  wanted: readonly number[] = [...inputs.keys()],
): Promise<Result> {
  const device = await BACKENDS[backend]();
  const before = tf.memory().numTensors;
  const tensors = inputs.map((values, i) => tf.tensor(values, shapes[i] ?? []));
  const input = (position: number): tf.Tensor => {
    const tensor = tensors[position];
    if (!tensor) throw new Error(`The operation has no input ${position}.`);
    return tensor;
  };
  const forward = tf.tidy(() => run(input));
  const outputShape = forward.shape;
  const value = await takeValues(forward);
  const gradients: Float32Array[] = [];
  if (wanted.length > 0) {
    const dy = tf.tensor(randomValues(99, value.length), outputShape);
    const { value: again, gradients: slopes } = gradientsOf(() => run(input), wanted.map(input), dy);
    tf.dispose([dy, again]);
    for (const slope of slopes) {
      if (slope === undefined) throw new Error('An input has no gradient.');
      gradients.push(await takeValues(slope));
    }
  }
  tf.dispose(tensors);
  // A program that does not compile gives zeros, and the slopes of zeros are zero too.
  device?.guard.check();
  return { value, gradients, tensorsLeft: tf.memory().numTensors - before };
}

export function randomValues(seed: number, count: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

function size(shape: number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
