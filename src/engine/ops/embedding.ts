/**
 * Embeddings: the sum of rows of tables by their ids, LayerNorm, dropout. The tables have a gradient of our own: tfjs's
 * is missing on WebAssembly and differs from run to run on WebGPU (atomic adds). Of tables and LayerNorm each may be
 * frozen by itself.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { Gpu } from '../device/gpu';
import { tableSource } from '../kernels/layer-norm';
import { SMALL_TABLE_COLUMNS, SMALL_TABLE_GRADIENT, TABLE_ELEMENTS, TABLE_GRADIENT } from '../kernels/table-gradient';
import { differentiable, matrixShape } from './differentiable';
import { applyDropout, dropInPlace, dropoutAt, type Dropout, type PlaceDropout } from './dropout';
import { addLayerNorm } from './layer-norm';
import { currentPath } from './path';
import { sumPlacesInto, sumRowsInto } from './wasm/embedding';
import type { WasmHeap } from './wasm/heap';
import { layerNormGradientInto, normaliseInPlace } from './wasm/layer-norm';
import { gpuLayerNorm, gpuLayerNormGradient, type GpuNorm } from './webgpu/layer-norm';

/** Which rows of a table: [size, width], ids below `size`. */
export interface Lookup {
  table: tf.Tensor;
  ids: Int32Array;
}

/** Places to an id, on average, that one thread had better not add up alone. */
const MANY_PLACES = 64;

interface Norm {
  gamma: tf.Tensor;
  beta: tf.Tensor;
  epsilon: number;
}

/**
 * dropout(γ·normalised(Σ rows) + β) of up to three lookups, n ids each: [n, width]. `place` names the dropout. Throws
 * `internal` for an id out of range.
 */
export function embeddingLayerNorm(
  lookups: readonly Lookup[],
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
  dropout?: Dropout,
  place: (string | number)[] = [],
): tf.Tensor {
  lookups.forEach(refuseOutOfRange);
  const norm = { gamma, beta, epsilon };
  const here = dropoutAt(dropout, ...place);
  const path = currentPath();
  switch (path.kind) {
    case 'webgpu':
      return onGpu(path.gpu, lookups, { ...norm, dropout: here });
    case 'wasm':
      return onWasm(path.heap, lookups, { ...norm, dropout: here });
    case 'portable':
      return applyDropout(portable(lookups, norm), dropout, ...place);
    default:
      return path satisfies never;
  }
}

/** A shader would give zeros for an id that does not exist, without a word. */
export function refuseOutOfRange({ table, ids }: { table: Pick<tf.Tensor, 'shape'>; ids: Int32Array }): void {
  const [size] = matrixShape(table);
  const wrong = ids.find((id) => id < 0 || id >= size);
  if (wrong !== undefined) throw new AppError('internal', `Token id ${wrong} is outside the table of ${size}.`);
}

/** One dispatch forward; backward two, and one for each table. */
function onGpu(gpu: Gpu, lookups: readonly Lookup[], norm: Norm & { dropout: PlaceDropout }): tf.Tensor {
  const tables = lookups.map(({ table }) => table);
  const rows = lookups[0]?.ids.length ?? 0;
  const onRows: GpuNorm = {
    ...norm,
    rows,
    source: tableSource(tables.length),
    dropped: 'result',
  };
  return differentiable(
    [...tables, norm.gamma, norm.beta],
    () => {
      const ids = idsTensor(lookups, rows);
      return { value: gpuLayerNorm(gpu, [ids, ...tables], onRows), saved: [ids] };
    },
    (dy, saved, wanted) =>
      tf.tidy(() => {
        const affine = wanted(tables.length) || wanted(tables.length + 1);
        const { dz, dGamma, dBeta } = gpuLayerNormGradient(gpu, [saved(0), ...tables], dy, onRows, affine);
        const ofTables = lookups.map((lookup, i) => (wanted(i) ? gpuTableGradient(gpu, lookup, dz) : undefined));
        return [...ofTables, dGamma, dBeta];
      }),
  );
}

/** All ids in one tensor, [lookups, rows]: a shader has eight buffers. */
function idsTensor(lookups: readonly Lookup[], rows: number): tf.Tensor {
  const all = new Int32Array(lookups.length * rows);
  lookups.forEach(({ ids }, i) => all.set(ids, i * rows));
  return tf.tensor2d(all, [lookups.length, rows], 'int32');
}

/** From the gradient of rows to that of their table; one dispatch. */
export function gpuTableGradient(gpu: Gpu, { table, ids }: Lookup, dz: tf.Tensor): tf.Tensor {
  const [size, width] = matrixShape(table);
  const { starts, places } = sortByIds(ids, size);
  const gradient = gpu.make([size, width]);
  const small = ids.length >= MANY_PLACES * size;
  gpu.run(small ? SMALL_TABLE_GRADIENT : TABLE_GRADIENT, {
    inputs: [dz, tf.tensor1d(starts, 'int32'), tf.tensor1d(places, 'int32')],
    outputs: [gradient],
    uniforms: [size, width],
    groups: small ? size * Math.ceil(width / SMALL_TABLE_COLUMNS) : Math.ceil(gradient.size / TABLE_ELEMENTS),
  });
  return gradient;
}

/** The places of each id in ascending order: those of `id` are places[starts[id] … starts[id + 1]]. */
function sortByIds(ids: Int32Array, size: number): { starts: Int32Array; places: Int32Array } {
  const starts = new Int32Array(size + 1);
  for (const id of ids) starts[id + 1] = (starts[id + 1] ?? 0) + 1;
  for (let id = 0; id < size; id++) starts[id + 1] = (starts[id + 1] ?? 0) + (starts[id] ?? 0);
  const next = starts.slice();
  const places = new Int32Array(ids.length);
  ids.forEach((id, place) => {
    const at = next[id] ?? 0;
    places[at] = place;
    next[id] = at + 1;
  });
  return { starts, places };
}

function onWasm(
  heap: WasmHeap,
  lookups: readonly Lookup[],
  { gamma, beta, epsilon, dropout }: Norm & { dropout: PlaceDropout },
): tf.Tensor {
  const tables = lookups.map(({ table }) => table);
  const rows = lookups[0]?.ids.length ?? 0;
  const width = gamma.size;
  return differentiable(
    [...tables, gamma, beta],
    () => {
      const [value, hat, scales] = [heap.make([rows, width]), heap.make([rows, width]), heap.make([rows])];
      const z = heap.view(hat);
      sumRowsInto(
        lookups.map(({ table, ids }) => ({ table: heap.view(table), ids })),
        z,
        width,
      );
      const affine = { gamma: heap.view(gamma), beta: heap.view(beta), epsilon };
      normaliseInPlace(z, heap.view(scales), heap.view(value), affine);
      if (dropout.rate > 0) dropInPlace(heap.view(value), width, dropout);
      return { value, saved: [hat, scales] };
    },
    (dy, saved, wanted) =>
      tf.tidy(() => {
        const dz = heap.make([rows, width]);
        const affine = wanted(tables.length) || wanted(tables.length + 1);
        const [dGamma, dBeta] = affine ? [heap.make([width]), heap.make([width])] : [];
        const gradients = tables.map((table, i) => (wanted(i) ? heap.make(table.shape) : undefined));
        const slopes = heap.view(dz);
        slopes.set(heap.view(dy));
        if (dropout.rate > 0) dropInPlace(slopes, width, dropout);
        layerNormGradientInto(
          slopes,
          { hat: heap.view(saved(0)), scales: heap.view(saved(1)), gamma: heap.view(gamma) },
          slopes,
          dGamma && dBeta && { dGamma: heap.view(dGamma), dBeta: heap.view(dBeta) },
        );
        lookups.forEach(({ ids }, i) => {
          const gradient = gradients[i];
          if (gradient !== undefined) sumPlacesInto(slopes, ids, heap.view(gradient), width);
        });
        return [...gradients, dGamma, dBeta];
      }),
  );
}

function portable(lookups: readonly Lookup[], { gamma, beta, epsilon }: Norm): tf.Tensor {
  const sum = differentiable(
    lookups.map(({ table }) => table),
    () => ({
      value: lookups
        .map(({ table, ids }) => tf.gather(table, tf.tensor1d(ids, 'int32')))
        .reduce((a, b) => tf.add(a, b)),
      saved: [],
    }),
    (dy, _, wanted) =>
      tf.tidy(() =>
        lookups.map(({ table, ids }, i) => {
          if (!wanted(i)) return undefined;
          return portableTableGradient({ table, ids }, dy);
        }),
      ),
  );
  return addLayerNorm(sum, tf.zeros(sum.shape), gamma, beta, epsilon);
}

/** The same of plain tfjs operations. */
export function portableTableGradient({ table, ids }: Lookup, dz: tf.Tensor): tf.Tensor {
  const [size] = matrixShape(table);
  const members = tf.oneHot(tf.tensor1d(ids, 'int32'), size, 1, 0, 'float32'); // [n, size]
  return tf.matMul(members, dz, true, false);
}
