/**
 * What the operations of a written graph compute (onnx/docs/Operators.md, version 17), on plain arrays: those that the page
 * writes, and no more. Products with a matrix of the file are not among them: they are the device's.
 */
import { AppError } from '../../core/errors';
import type { OnnxNode } from '../../core/formats/onnx';

export interface OnnxArray {
  shape: readonly number[];
  values: Float32Array | Int32Array | Int8Array;
}

/** Throws `model-unsupported` for an operation that the page does not write. */
export function computeNode(node: OnnxNode, inputs: readonly OnnxArray[]): OnnxArray {
  const [a = EMPTY, b = EMPTY, c = EMPTY] = inputs;
  switch (node.op) {
    case 'Add':
      return broadcast(a, b, (x, y) => x + y);
    case 'Sub':
      return broadcast(a, b, (x, y) => x - y);
    case 'Mul':
      return broadcast(a, b, (x, y) => x * y);
    case 'Div':
      return broadcast(a, b, (x, y) => x / y);
    case 'Max':
      return broadcast(a, b, Math.max);
    case 'Erf':
      return { shape: a.shape, values: Float32Array.from(a.values, erf) };
    case 'Cast':
      return { shape: a.shape, values: Float32Array.from(a.values) };
    case 'Shape':
      return { shape: [a.shape.length], values: Int32Array.from(a.shape) };
    case 'Range':
      return range(a, b, c);
    case 'Gather':
      return gather(a, b, intOf(node, 'axis'));
    case 'Unsqueeze':
      return { shape: withSides(a.shape, b.values), values: a.values };
    case 'Reshape':
      return { shape: Array.from(b.values, (side, i) => (side === 0 ? (a.shape[i] ?? 0) : side)), values: a.values };
    case 'Transpose':
      return transpose(a, intsOf(node, 'perm'));
    case 'MatMul':
      return matMul(a, b);
    case 'Softmax':
      return softmax(a);
    case 'LayerNormalization':
      return layerNorm(a, b, c, floatOf(node, 'epsilon'));
    case 'ReduceSum':
      return reduce(
        a,
        b.values[0] ?? 0,
        (sum, x) => sum + x,
        (sum) => sum,
        intOf(node, 'keepdims') === 1,
      );
    case 'ReduceL2':
      return reduce(a, intsOf(node, 'axes')[0] ?? 0, (sum, x) => sum + x * x, Math.sqrt, intOf(node, 'keepdims') === 1);
    default:
      throw new AppError('model-unsupported', `The graph has the operation «${node.op}», which is not written here.`);
  }
}

const EMPTY: OnnxArray = { shape: [0], values: new Float32Array() };

function intOf({ attributes }: OnnxNode, name: string): number {
  const found = attributes.get(name);
  return found !== undefined && 'int' in found ? found.int : 0;
}

function intsOf({ attributes }: OnnxNode, name: string): readonly number[] {
  const found = attributes.get(name);
  return found !== undefined && 'ints' in found ? found.ints : [];
}

function floatOf({ attributes }: OnnxNode, name: string): number {
  const found = attributes.get(name);
  return found !== undefined && 'float' in found ? found.float : 0;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function broadcast(a: OnnxArray, b: OnnxArray, combine: (x: number, y: number) => number): OnnxArray {
  const rank = Math.max(a.shape.length, b.shape.length);
  const side = ({ shape }: OnnxArray, i: number): number => shape[shape.length - rank + i] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => (side(a, i) === 1 ? side(b, i) : side(a, i)));
  const values = new Float32Array(sizeOf(shape));
  // How far a step along each side goes in an array: nowhere where it has that side but once.
  const stepsOf = (array: OnnxArray): number[] => {
    const steps: number[] = [];
    for (let i = rank - 1, step = 1; i >= 0; i--) {
      steps[i] = side(array, i) === 1 ? 0 : step;
      step *= side(array, i);
    }
    return steps;
  };
  const [stepsA, stepsB] = [stepsOf(a), stepsOf(b)];
  const places = new Array<number>(rank).fill(0);
  const width = shape[rank - 1] ?? 1;
  const [lastA, lastB] = [stepsA[rank - 1] ?? 0, stepsB[rank - 1] ?? 0];
  for (let start = 0, fromA = 0, fromB = 0; start < values.length; start += width) {
    for (let i = 0, x = fromA, y = fromB; i < width; i++, x += lastA, y += lastB) {
      values[start + i] = combine(a.values[x] ?? NaN, b.values[y] ?? NaN);
    }
    for (let i = rank - 2; i >= 0; i--) {
      fromA += stepsA[i] ?? 0;
      fromB += stepsB[i] ?? 0;
      places[i] = (places[i] ?? 0) + 1;
      const length = shape[i] ?? 1;
      if ((places[i] ?? 0) < length) break;
      fromA -= length * (stepsA[i] ?? 0);
      fromB -= length * (stepsB[i] ?? 0);
      places[i] = 0;
    }
  }
  return { shape, values };
}

function range(start: OnnxArray, limit: OnnxArray, delta: OnnxArray): OnnxArray {
  const [from = 0] = start.values;
  const [to = 0] = limit.values;
  const [step = 1] = delta.values;
  const values = Int32Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
  return { shape: [values.length], values };
}

/** Slices of `a` along a side, by number. Throws `model-damaged` for one that is not there. */
function gather(a: OnnxArray, ids: OnnxArray, axis: number): OnnxArray {
  const before = sizeOf(a.shape.slice(0, axis));
  const count = a.shape[axis] ?? 0;
  const width = sizeOf(a.shape.slice(axis + 1));
  const made = a.values.slice(0, 0);
  const values =
    made instanceof Int8Array
      ? new Int8Array(before * ids.values.length * width)
      : made instanceof Int32Array
        ? new Int32Array(before * ids.values.length * width)
        : new Float32Array(before * ids.values.length * width);
  for (let outer = 0, at = 0; outer < before; outer++) {
    for (const id of ids.values) {
      if (id < 0 || id >= count) throw new AppError('model-damaged', `The graph looks up ${id} of ${count} lines.`);
      const from = (outer * count + id) * width;
      values.set(a.values.subarray(from, from + width), at);
      at += width;
    }
  }
  return { shape: [...a.shape.slice(0, axis), ...ids.shape, ...a.shape.slice(axis + 1)], values };
}

function withSides(shape: readonly number[], axes: OnnxArray['values']): number[] {
  const rest = [...shape];
  return Array.from({ length: shape.length + axes.length }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? 1)));
}

function transpose({ shape, values }: OnnxArray, perm: readonly number[]): OnnxArray {
  const steps = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const turned = perm.map((side) => shape[side] ?? 1);
  const turnedSteps = perm.map((side) => steps[side] ?? 0);
  const made = new Float32Array(values.length);
  const width = turned.at(-1) ?? 1;
  const last = turnedSteps.at(-1) ?? 0;
  for (let start = 0; start < made.length; start += width) {
    let from = 0;
    for (let i = perm.length - 2, rest = start / width; i >= 0; i--) {
      const length = turned[i] ?? 1;
      from += (rest % length) * (turnedSteps[i] ?? 0);
      rest = Math.floor(rest / length);
    }
    for (let i = 0; i < width; i++) made[start + i] = values[from + i * last] ?? NaN;
  }
  return { shape: turned, values: made };
}

/** Of matrices side by side: [.., m, k] · [.., k, n]. */
function matMul(a: OnnxArray, b: OnnxArray): OnnxArray {
  const [m = 1, k = 1] = a.shape.slice(-2);
  const n = b.shape.at(-1) ?? 1;
  const made = new Float32Array((a.values.length / k) * n);
  for (let from = 0, other = 0, to = 0; from < a.values.length; from += m * k, other += k * n, to += m * n) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < k; j++) {
        const factor = a.values[from + i * k + j] ?? NaN;
        const row = other + j * n;
        const into = to + i * n;
        for (let l = 0; l < n; l++) made[into + l] = (made[into + l] ?? 0) + factor * (b.values[row + l] ?? NaN);
      }
    }
  }
  return { shape: [...a.shape.slice(0, -1), n], values: made };
}

function softmax({ shape, values }: OnnxArray): OnnxArray {
  const width = shape.at(-1) ?? 1;
  const made = new Float32Array(values.length);
  for (let start = 0; start < made.length; start += width) {
    let most = -Infinity;
    for (let i = start; i < start + width; i++) most = Math.max(most, values[i] ?? NaN);
    let sum = 0;
    for (let i = start; i < start + width; i++) sum += made[i] = Math.exp((values[i] ?? NaN) - most);
    for (let i = start; i < start + width; i++) made[i] = (made[i] ?? NaN) / sum;
  }
  return { shape, values: made };
}

function layerNorm(x: OnnxArray, gamma: OnnxArray, beta: OnnxArray, epsilon: number): OnnxArray {
  const { shape, values } = x;
  const width = shape.at(-1) ?? 1;
  const made = new Float32Array(values.length);
  for (let start = 0; start < made.length; start += width) {
    let [sum, squares] = [0, 0];
    for (let i = start; i < start + width; i++) sum += values[i] ?? NaN;
    const mean = sum / width;
    for (let i = start; i < start + width; i++) squares += ((values[i] ?? NaN) - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) {
      const unit = ((values[start + i] ?? NaN) - mean) * scale;
      made[start + i] = unit * (gamma.values[i] ?? NaN) + (beta.values[i] ?? NaN);
    }
  }
  return { shape, values: made };
}

function reduce(
  { shape, values }: OnnxArray,
  axis: number,
  take: (sum: number, x: number) => number,
  end: (sum: number) => number,
  keeps: boolean,
): OnnxArray {
  const count = shape[axis] ?? 1;
  const width = sizeOf(shape.slice(axis + 1));
  const made = new Float32Array(values.length / count);
  for (let i = 0; i < made.length; i++) {
    const from = Math.floor(i / width) * count * width + (i % width);
    let sum = 0;
    for (let j = 0; j < count; j++) sum = take(sum, values[from + j * width] ?? NaN);
    made[i] = end(sum);
  }
  return { shape: [...shape.slice(0, axis), ...(keeps ? [1] : []), ...shape.slice(axis + 1)], values: made };
}

/** Abramowitz and Stegun 7.1.5 near nought, its continued fraction beyond: right to 1e-12. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-13 * Math.abs(sum); n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}
