/**
 * Runs an ONNX file as it lies on the disk: each operation for all batches before the next one, so that each value of the file
 * is read once and let go, and the largest matrix alone is in memory. Products with matrices of the file are the device's, all
 * else is plain (onnx-operations.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import type { ByteSource } from '../../core/formats/byte-source';
import { type OnnxNode, readOnnx, readOnnxLines, type ReadOnnxTensor } from '../../core/formats/onnx';
import type { TokenBatch } from '../../core/text/batches';
import { placed } from '../device/placed';
import { readValues } from '../device/read';
import { linear } from '../ops/linear';
import { computeNode, type OnnxArray } from './onnx-operations';

export interface OnnxRunOptions {
  /** Between two operations: lets messages in, and throws to stop. */
  turn?: () => Promise<void>;
  onProgress?: (share: number) => void;
}

/** A value that all batches share, or one for each. */
type Held = OnnxArray | OnnxArray[];

/** The logits [texts, labels] of each batch. Throws `model-damaged`, `model-unsupported`. */
export async function runOnnx(
  source: ByteSource,
  batches: readonly TokenBatch[],
  { turn, onProgress }: OnnxRunOptions = {},
): Promise<OnnxArray[]> {
  const { nodes, inputs, outputs, tensors } = await readOnnx(source);
  const held = new Map<string, Held>(inputs.map((name) => [name, batches.map((batch) => feed(name, batch))]));
  const uses = new Map<string, number>();
  for (const name of [...nodes.flatMap((node) => node.inputs), ...outputs]) uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const [done, node] of nodes.entries()) {
    await turn?.();
    onProgress?.(done / nodes.length);
    const [output = ''] = node.outputs;
    held.set(output, await runNode(node, { source, held, tensors, batches: batches.length }));
    for (const name of node.inputs) {
      const left = (uses.get(name) ?? 1) - 1;
      uses.set(name, left);
      if (left === 0) held.delete(name);
    }
  }
  const [name = ''] = outputs;
  const found = held.get(name);
  if (!Array.isArray(found)) throw new AppError('model-damaged', `${source.file} does not compute «${name}».`);
  return found;
}

interface Running {
  source: ByteSource;
  held: ReadonlyMap<string, Held>;
  tensors: ReadonlyMap<string, ReadOnnxTensor>;
  batches: number;
}

async function runNode(node: OnnxNode, running: Running): Promise<Held> {
  const { source, held, tensors, batches } = running;
  const [first = '', second = ''] = node.inputs;
  const table = tensors.get(first);
  const asked = held.get(second);
  // Of a table the lines that are asked for, not all.
  if (node.op === 'Gather' && table !== undefined && Array.isArray(asked)) {
    return Promise.all(asked.map((ids) => lookUp(source, table, ids)));
  }
  const given: Held[] = [];
  for (const name of node.inputs) {
    const tensor = tensors.get(name);
    const value = held.get(name) ?? (tensor === undefined ? undefined : await readTensor(source, tensor));
    if (value === undefined) throw new AppError('model-damaged', `${source.file} has no «${name}».`);
    given.push(value);
  }
  const [left, right] = given;
  if (node.op === 'MatMul' && Array.isArray(left) && right !== undefined && !Array.isArray(right)) {
    return multiplied(left, right);
  }
  if (!given.some((value) => Array.isArray(value))) {
    return computeNode(
      node,
      given.flatMap((value) => value),
    );
  }
  return Array.from({ length: batches }, (_, batch) =>
    computeNode(
      node,
      given.map((value) =>
        Array.isArray(value) ? (value[batch] ?? { shape: [0], values: new Float32Array() }) : value,
      ),
    ),
  );
}

/** What goes in under that name. */
function feed(name: string, { batch, tokens, ids, lengths }: TokenBatch): OnnxArray {
  const shape = [batch, tokens];
  if (name === 'input_ids') return { shape, values: ids };
  if (name === 'token_type_ids') return { shape, values: new Int32Array(ids.length) };
  if (name !== 'attention_mask') throw new AppError('model-damaged', `The graph asks for «${name}».`);
  return { shape, values: Int32Array.from(ids, (_, i) => Number(i % tokens < (lengths[Math.floor(i / tokens)] ?? 0))) };
}

async function readTensor(source: ByteSource, tensor: ReadOnnxTensor): Promise<OnnxArray> {
  return { shape: tensor.shape, values: valuesOf(tensor, await readOnnxLines(source, tensor)) };
}

function valuesOf({ type }: ReadOnnxTensor, { buffer }: Uint8Array<ArrayBuffer>): OnnxArray['values'] {
  if (type === 'float32') return new Float32Array(buffer);
  if (type === 'int8') return new Int8Array(buffer);
  return Int32Array.from(new BigInt64Array(buffer), Number);
}

async function lookUp(source: ByteSource, table: ReadOnnxTensor, ids: OnnxArray): Promise<OnnxArray> {
  const [height = 0, ...line] = table.shape;
  const lines = new Map<number, OnnxArray['values']>();
  for (const id of ids.values) {
    if (lines.has(id)) continue;
    if (id < 0 || id >= height)
      throw new AppError('model-damaged', `${source.file} has no line ${id} of «${table.name}».`);
    lines.set(id, valuesOf(table, await readOnnxLines(source, table, id, id + 1)));
  }
  const width = line.reduce((product, side) => product * side, 1);
  const values = new (table.type === 'int8' ? Int8Array : Float32Array)(ids.values.length * width);
  ids.values.forEach((id, i) => values.set(lines.get(id) ?? [], i * width));
  return { shape: [...ids.shape, ...line], values };
}

async function multiplied(batches: readonly OnnxArray[], { shape: [inputs = 1, outputs = 1], values }: OnnxArray) {
  const weight = placed(Float32Array.from(values), [inputs, outputs]);
  try {
    const made: OnnxArray[] = [];
    for (const { shape, values: own } of batches) {
      const product = tf.tidy(() =>
        linear(tf.tensor(Float32Array.from(own), [own.length / inputs, inputs], 'float32'), { weight }),
      );
      try {
        made.push({ shape: [...shape.slice(0, -1), outputs], values: await readValues(product) });
      } finally {
        product.dispose();
      }
    }
    return made;
  } finally {
    weight.dispose();
  }
}
