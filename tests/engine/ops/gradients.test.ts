import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { differentiable } from '../../../src/engine/ops/differentiable';
import { gradientsOf } from '../../../src/engine/ops/gradients';
import { takeValues } from '../../helpers/minilm-parity';
import { startBackend } from '../../helpers/tf-node';
import { tensorsLeftWithoutMemory } from '../../helpers/wasm-memory';

beforeEach(() => startBackend('wasm'));

/** x² that notes how many tensors live while its gradient is computed. */
function square(x: tf.Tensor, seen: number[] = []): tf.Tensor {
  return differentiable(
    [x],
    () => ({ value: tf.square(x), saved: [tf.clone(x)] }),
    (dy, saved) => {
      seen.push(tf.memory().numTensors);
      return [tf.mul(dy, tf.mul(saved(0), 2))];
    },
  );
}

/** Hands its gradient on to both inputs as it came. */
function sum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return differentiable(
    [a, b],
    () => ({ value: tf.add(a, b), saved: [] }),
    (dy) => [dy, dy],
  );
}

async function slopes(run: () => tf.Tensor, parameters: tf.Tensor[], dy?: tf.Tensor): Promise<number[][]> {
  const { value, gradients } = gradientsOf(run, parameters, dy);
  value.dispose();
  const read: number[][] = [];
  for (const gradient of gradients) read.push(gradient ? [...(await takeValues(gradient))] : []);
  return read;
}

describe('gradientsOf', () => {
  test('follows every way from a parameter to the value, and adds up', async () => {
    const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, -1])];
    // (x² + y + x)² + y
    const run = () => tf.tidy(() => sum(square(sum(sum(square(x), y), x)), y));
    const expected = [1, 2].map((value, i) => {
      const other = [3, -1][i] ?? 0;
      const inner = value * value + other + value;
      return [2 * inner * (2 * value + 1), 2 * inner + 1];
    });
    const [dx, dy] = await slopes(run, [x, y]);
    expect(dx).toEqual(expected.map(([first]) => first));
    expect(dy).toEqual(expected.map(([, second]) => second));
    tf.dispose([x, y]);
  });

  test('an outer gradient is multiplied in, and stays the caller’s', async () => {
    const [x, dy] = [tf.tensor1d([1, 2]), tf.tensor1d([10, 100])];
    expect(await slopes(() => square(x), [x], dy)).toEqual([[20, 400]]);
    expect(await slopes(() => sum(x, x), [x], dy)).toEqual([[20, 200]]);
    expect(dy.isDisposed).toBe(false);
    tf.dispose([x, dy]);
  });

  test('what the value does not depend on has no gradient', async () => {
    const [x, other] = [tf.scalar(3), tf.scalar(4)];
    expect(await slopes(() => tf.tidy(() => (square(other), square(x))), [x, other])).toEqual([[6], []]);
    tf.dispose([x, other]);
  });

  test('an operation is asked for the gradients of what follows from a parameter, and of nothing else', async () => {
    const [x, frozen] = [tf.scalar(3), tf.scalar(4)];
    const asked: boolean[][] = [];
    const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      differentiable(
        [a, undefined, b],
        () => ({ value: tf.mul(a, b), saved: [a, b] }),
        (dy, saved, wanted) => {
          asked.push([0, 1, 2].map(wanted));
          return [
            wanted(0) ? tf.mul(dy, saved(1)) : undefined,
            undefined,
            wanted(2) ? tf.mul(dy, saved(0)) : undefined,
          ];
        },
      );
    // (x·4)·(4·4)·x, from its end
    const run = () => tf.tidy(() => product(product(product(x, frozen), product(frozen, frozen)), x));
    expect(await slopes(run, [x])).toEqual([[2 * 3 * 64]]);
    expect(asked).toEqual([
      [true, false, true],
      [true, false, false],
      [true, false, false],
    ]);
    tf.dispose([x, frozen]);
  });

  test('an operation that leaves out a gradient that is wanted is an error, not a zero', () => {
    const before = tf.memory().numTensors;
    const [a, b] = [tf.scalar(3), tf.scalar(4)];
    const first = () =>
      differentiable(
        [a, b],
        () => ({ value: tf.mul(a, b), saved: [b] }),
        (dy, saved, wanted) => [wanted(0) ? tf.mul(dy, saved(0)) : undefined, undefined],
      );
    const { value, gradients } = gradientsOf(first, [a]);
    tf.dispose([value, ...gradients.flatMap((gradient) => gradient ?? [])]);
    expect(() => gradientsOf(first, [b])).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(() => gradientsOf(first, [a, b])).toThrow(expect.objectContaining({ code: 'internal' }));
    tf.dispose([a, b]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('leaves nothing behind but the value and the gradients', async () => {
    const before = tf.memory().numTensors;
    const x = tf.scalar(3);
    await slopes(() => square(square(sum(x, x))), [x]);
    expect(tf.memory().numTensors).toBe(before + 1);
    x.dispose();
  });

  test.each([
    ['forward', () => ({ forward: true, backward: false })],
    ['backward', () => ({ forward: false, backward: true })],
  ])('leaves nothing behind when an operation fails %s', (_, where) => {
    const fails = where();
    const before = tf.memory().numTensors;
    const x = tf.scalar(3);
    const failing = (input: tf.Tensor): tf.Tensor =>
      differentiable(
        [input],
        () => {
          const value = tf.square(input);
          if (fails.forward) throw new Error('forward failed');
          return { value, saved: [value] };
        },
        (dy) => {
          tf.square(dy);
          throw new Error('backward failed');
        },
      );
    expect(() => gradientsOf(() => square(failing(square(x))), [x])).toThrow('failed');
    expect(tf.memory().numTensors).toBe(before + 1);
    x.dispose();
  });

  test('leaves nothing behind whichever of its allocations fails', async () => {
    const x = tf.scalar(3);
    const left = await tensorsLeftWithoutMemory(() => {
      const { value, gradients } = gradientsOf(() => tf.tidy(() => square(sum(square(x), sum(x, x)))), [x]);
      tf.dispose([value, ...gradients.flatMap((gradient) => gradient ?? [])]);
    });
    expect(left.length).toBeGreaterThan(10);
    expect(new Set(left)).toEqual(new Set([0]));
    x.dispose();
  });

  test('a chain needs less and less memory on its way back', () => {
    const seen: number[] = [];
    const x = tf.scalar(1);
    const { value, gradients } = gradientsOf(
      () => tf.tidy(() => Array.from({ length: 10 }).reduce<tf.Tensor>((y) => square(y, seen), x)),
      [x],
    );
    tf.dispose([x, value, ...gradients.flatMap((gradient) => gradient ?? [])]);
    expect(seen).toHaveLength(10);
    for (let i = 1; i < seen.length; i++) expect((seen[i - 1] ?? 0) - (seen[i] ?? 0)).toBe(1);
  });
});
