/**
 * A classifier's values as an ONNX graph asks for them: matrices [inputs, outputs], in float32 or in 8 bits. Of a matrix in 8
 * bits every 32 inputs of an output have a scale of their own, of the table of words each word: the largest value is 127 steps.
 */
import type { OnnxTensor } from '../../formats/onnx';
import type { ModelTensors } from '../model-tensors';

/** Values that are made at a time. */
const CHUNK_VALUES = 1 << 20;

/** One scale for a whole output moved probabilities three times as far, and answers with them. */
const MOST_IN_GROUP = 32;

const bytesOf = (values: Float32Array | Int8Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** A parameter as it is. */
export function floatTensor(tensors: ModelTensors, name: string): OnnxTensor {
  const shape = tensors.shape(name);
  const [height = 1, ...rest] = shape;
  const step = Math.max(1, Math.floor(CHUNK_VALUES / rest.reduce((product, side) => product * side, 1)));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < height; from += step) {
      yield bytesOf(await tensors.lines(name, from, Math.min(height, from + step)));
    }
  }
  return { name, shape, type: 'float32', chunks };
}

/** A matrix [outputs, inputs] as [inputs, outputs]. */
export function turnedTensor(tensors: ModelTensors, name: string): OnnxTensor {
  const [outputs = 0, inputs = 0] = tensors.shape(name);
  return {
    ...{ name, shape: [inputs, outputs], type: 'float32' },
    async *chunks() {
      yield bytesOf(turned(await tensors.lines(name, 0, outputs), outputs, inputs));
    },
  };
}

/** The same in 8 bits by groups of inputs, [groups, inputs of a group, outputs], and their scales [groups, 1, outputs]. */
export function turnedBytes(tensors: ModelTensors, name: string): [values: OnnxTensor, scales: OnnxTensor] {
  const [outputs = 0, inputs = 0] = tensors.shape(name);
  const size = groupOf(inputs);
  const groups = inputs / size;
  const read = async (): Promise<Float32Array> => tensors.lines(name, 0, outputs);
  return [
    {
      ...{ name: `${name}.int8`, shape: [groups, size, outputs], type: 'int8' },
      async *chunks() {
        const values = await read();
        yield bytesOf(turned(quantised(values, scalesOf(values, size), size), outputs, inputs));
      },
    },
    {
      ...{ name: `${name}.scale`, shape: [groups, 1, outputs], type: 'float32' },
      async *chunks() {
        yield bytesOf(turned(scalesOf(await read(), size), outputs, groups));
      },
    },
  ];
}

/** Inputs that share a scale: as many as divide all of them, and no more than a group. */
function groupOf(inputs: number): number {
  let size = Math.min(MOST_IN_GROUP, inputs);
  while (inputs % size !== 0) size--;
  return size;
}

/** A table whose lines are looked up, in 8 bits, and the scale of each line. */
export function tableBytes(tensors: ModelTensors, name: string): [values: OnnxTensor, scales: OnnxTensor] {
  const [height = 0, width = 1] = tensors.shape(name);
  const step = Math.max(1, Math.floor(CHUNK_VALUES / width));
  async function* read(): AsyncGenerator<Float32Array> {
    for (let from = 0; from < height; from += step)
      yield await tensors.lines(name, from, Math.min(height, from + step));
  }
  return [
    {
      ...{ name: `${name}.int8`, shape: [height, width], type: 'int8' },
      async *chunks() {
        for await (const lines of read()) yield bytesOf(quantised(lines, scalesOf(lines, width), width));
      },
    },
    {
      ...{ name: `${name}.scale`, shape: [height, 1], type: 'float32' },
      async *chunks() {
        for await (const lines of read()) yield bytesOf(scalesOf(lines, width));
      },
    },
  ];
}

/** One step of each line: a line of zeros has steps too, so that nothing is divided by nought. */
function scalesOf(values: Float32Array, width: number): Float32Array {
  return Float32Array.from({ length: values.length / width }, (_, line) => {
    let largest = 0;
    for (let i = line * width; i < (line + 1) * width; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
    return largest === 0 ? 1 : largest / 127;
  });
}

function quantised(values: Float32Array, scales: Float32Array, width: number): Int8Array {
  const steps = new Int8Array(values.length);
  for (let line = 0, i = 0; i < values.length; line++) {
    const scale = scales[line] ?? 1;
    for (const end = i + width; i < end; i++) steps[i] = Math.round((values[i] ?? 0) / scale);
  }
  return steps;
}

function turned<T extends Float32Array | Int8Array>(values: T, rows: number, columns: number): T {
  const result = values.slice() as T;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) result[column * rows + row] = values[i] ?? 0;
  }
  return result;
}
