/**
 * Writes the encoder as an ONNX model from our weights: standard operators of opset 17, float32, for a runtime that
 * is measured against. Nothing but the few messages of ONNX's protobuf that such a file needs.
 * Field numbers are those of onnx.proto3 (github.com/onnx/onnx).
 */
import type { PlainModel } from './model';

const FLOAT = 1;
const INT64 = 7;
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

type Attribute = number | { float: number } | number[];
type Value = Uint8Array | string | number;

/**
 * Inputs: `ids` int64 [batch, tokens], `positions` int64 [tokens], `mask` float [batch, 1, 1, tokens] (0 for a token,
 * −1e9 for padding), `shares` float [batch, 1, tokens] (one over the row's length, 0 for padding).
 * Output: `pooled` float [batch, 1, hidden].
 */
export function writeOnnx({ config, arrays }: PlainModel): Uint8Array {
  const { heads, hiddenSize, layers, layerNormEps } = config;
  const nodes: Uint8Array[] = [];
  const initializers: Uint8Array[] = [];
  let made = 0;
  const node = (type: string, inputs: string[], attributes: Record<string, Attribute> = {}, name?: string): string => {
    const output = name ?? `t${made++}`;
    nodes.push(
      message([
        ...inputs.map((input): [number, Value] => [1, input]),
        [2, output],
        [3, `${type}_${output}`],
        [4, type],
        ...Object.entries(attributes).map(([key, value]): [number, Value] => [5, attribute(key, value)]),
      ]),
    );
    return output;
  };
  const constant = (name: string, shape: number[], values: Float32Array | BigInt64Array): string => {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const type = values instanceof Float32Array ? FLOAT : INT64;
    initializers.push(message([...shape.map((side): [number, Value] => [1, side]), [2, type], [8, name], [9, raw]]));
    return name;
  };
  const parameter = (name: string): string => {
    const array = arrays.get(name);
    if (!array) throw new Error(`The model has no ${name}.`);
    const [outputs, inputs] = array.shape;
    const linear = outputs !== undefined && inputs !== undefined && !name.includes('embeddings');
    if (!linear) return constant(name, array.shape, array.values);
    return constant(name, [inputs, outputs], turned(array.values, outputs, inputs));
  };
  const scalar = (name: string, value: number): string => constant(name, [], Float32Array.of(value));
  const dense = (x: string, part: string): string =>
    node('Add', [node('MatMul', [x, parameter(`${part}.weight`)]), parameter(`${part}.bias`)]);
  const norm = (x: string, part: string): string =>
    node('LayerNormalization', [x, parameter(`${part}.LayerNorm.weight`), parameter(`${part}.LayerNorm.bias`)], {
      axis: -1,
      epsilon: { float: layerNormEps },
    });

  const words = node('Gather', [parameter('embeddings.word_embeddings.weight'), 'ids']);
  const places = node('Gather', [parameter('embeddings.position_embeddings.weight'), 'positions']);
  const segments = arrays.get('embeddings.token_type_embeddings.weight')?.values.slice(0, hiddenSize);
  const segment = constant('segment', [hiddenSize], segments ?? new Float32Array(hiddenSize));
  let hidden = norm(node('Add', [node('Add', [words, places]), segment]), 'embeddings');

  const headSize = hiddenSize / heads;
  const apart = constant('apart', [4], BigInt64Array.of(0n, 0n, BigInt(heads), BigInt(headSize)));
  const together = constant('together', [3], BigInt64Array.of(0n, 0n, BigInt(hiddenSize)));
  const scale = scalar('scale', Math.sqrt(headSize));
  const [half, one, root] = [scalar('half', 0.5), scalar('one', 1), scalar('root', Math.SQRT2)];
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `encoder.layer.${layer}`;
    const split = (part: string, perm: number[]): string =>
      node('Transpose', [node('Reshape', [dense(hidden, `${prefix}.attention.self.${part}`), apart])], { perm });
    const scores = node('Div', [node('MatMul', [split('query', [0, 2, 1, 3]), split('key', [0, 2, 3, 1])]), scale]);
    const probabilities = node('Softmax', [node('Add', [scores, 'mask'])], { axis: -1 });
    const mixed = node('MatMul', [probabilities, split('value', [0, 2, 1, 3])]);
    const merged = node('Reshape', [node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), together]);
    const attended = dense(merged, `${prefix}.attention.output.dense`);
    const middle = norm(node('Add', [attended, hidden]), `${prefix}.attention.output`);
    const inner = dense(middle, `${prefix}.intermediate.dense`);
    const bell = node('Add', [node('Erf', [node('Div', [inner, root])]), one]);
    const active = node('Mul', [node('Mul', [inner, bell]), half]);
    hidden = norm(node('Add', [dense(active, `${prefix}.output.dense`), middle]), `${prefix}.output`);
  }
  node('MatMul', ['shares', hidden], {}, 'pooled');

  const graph = message([
    ...nodes.map((each): [number, Value] => [1, each]),
    [2, 'encoder'],
    ...initializers.map((each): [number, Value] => [5, each]),
    [11, valueInfo('ids', INT64, ['batch', 'tokens'])],
    [11, valueInfo('positions', INT64, ['tokens'])],
    [11, valueInfo('mask', FLOAT, ['batch', 1, 1, 'tokens'])],
    [11, valueInfo('shares', FLOAT, ['batch', 1, 'tokens'])],
    [12, valueInfo('pooled', FLOAT, ['batch', 1, hiddenSize])],
  ]);
  const opset = message([
    [1, ''],
    [2, 17],
  ]);
  return message([
    [1, 8],
    [2, 'hone-bench'],
    [7, graph],
    [8, opset],
  ]);
}

/** [outputs, inputs] → [inputs, outputs] */
function turned(values: Float32Array, outputs: number, inputs: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++) out[column * outputs + row] = values[row * inputs + column] ?? 0;
  }
  return out;
}

/** AttributeProto: name 1, f 2, i 3, ints 8, type 20 (FLOAT 1, INT 2, INTS 7). */
function attribute(name: string, value: Attribute): Uint8Array {
  if (Array.isArray(value)) {
    return message([[1, name], ...value.map((each): [number, Value] => [8, each]), [20, 7]]);
  }
  if (typeof value === 'number') {
    return message([
      [1, name],
      [3, value],
      [20, 2],
    ]);
  }
  const float = Buffer.alloc(4);
  float.writeFloatLE(value.float);
  return concat([message([[1, name]]), varint((2 << 3) | FIXED32), float, message([[20, 1]])]);
}

/** ValueInfoProto: name 1, type 2 = TypeProto{ tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1, dim_param 2 } } } } */
function valueInfo(name: string, type: number, shape: (number | string)[]): Uint8Array {
  const dims = shape.map((side): [number, Value] => [1, message([[typeof side === 'number' ? 1 : 2, side]])]);
  const tensor = message([
    [1, type],
    [2, message(dims)],
  ]);
  return message([
    [1, name],
    [2, message([[1, tensor]])],
  ]);
}

/** A protobuf message: whole numbers as varints, texts and bytes with their length before them. */
function message(fields: readonly [number, Value][]): Uint8Array {
  return concat(
    fields.flatMap(([field, value]) => {
      if (typeof value === 'number') return [varint((field << 3) | VARINT), varint(value)];
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      return [varint((field << 3) | BYTES), varint(bytes.length), bytes];
    }),
  );
}

/** Base 128, low part first; negative numbers as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
