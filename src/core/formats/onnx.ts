/**
 * ONNX files (onnx.proto3): a graph of operations and the values that they are given. Written as a plan, so that values go to
 * the disk one after the other; read without the values, which stay in the file and are asked for by lines.
 */
import type { ByteSource } from './byte-source';
import { checkedChunks, type PlannedFile } from './planned-file';
import {
  floatField,
  joined,
  lengthField,
  messageField,
  numberField,
  numbersField,
  readFields,
  textField,
} from './protobuf';
import { damagedFile, unsupportedFile, valuesOfShape } from './stored-tensor';

/** The operations' version: the first with LayerNormalization, known to every runtime since 2022. */
export const ONNX_OPSET = 17;
const IR_VERSION = 8;

/** `TensorProto.DataType`. */
export const ONNX_TYPES = { float32: 1, int8: 3, int64: 7 } as const;
export type OnnxType = keyof typeof ONNX_TYPES;
const TYPE_BYTES: Readonly<Record<OnnxType, number>> = { float32: 4, int8: 1, int64: 8 };

export type OnnxAttribute = { int: number } | { ints: readonly number[] } | { float: number };

export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What goes into a graph or comes out; a side with a name may be of any size. */
export interface OnnxValue {
  name: string;
  type: OnnxType;
  shape: readonly (string | number)[];
}

export interface OnnxGraph {
  name: string;
  nodes: readonly OnnxNode[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
}

/** Values that stand in the file. */
export interface OnnxTensor {
  name: string;
  shape: readonly number[];
  type: OnnxType;
  /** Their bytes in order, anew each time. */
  chunks: PlannedFile['chunks'];
}

/** An operation with one result of that name. */
export function onnxNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): OnnxNode {
  return { op, inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) };
}

/** The bytes of a tensor's values. */
export function onnxBytes({ shape, type }: Pick<OnnxTensor, 'shape' | 'type'>): number {
  return (valuesOfShape(shape) ?? 0) * TYPE_BYTES[type];
}

/** The file of a graph and its values. Throws RangeError for a name that is there twice. */
export function onnxFile(path: string, graph: OnnxGraph, tensors: readonly OnnxTensor[]): PlannedFile {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw new RangeError(`«${name}» is there twice.`);
    names.add(name);
  }
  const model = joined([
    numberField(1, IR_VERSION),
    textField(2, 'Hone'),
    messageField(8, textField(1, ''), numberField(2, ONNX_OPSET)),
  ]);
  const before = joined([...graph.nodes.map((node) => messageField(1, ...nodeFields(node))), textField(2, graph.name)]);
  const behind = joined([
    ...graph.inputs.map((value) => messageField(11, ...valueFields(value))),
    ...graph.outputs.map((value) => messageField(12, ...valueFields(value))),
  ]);
  const heads = tensors.map((tensor) => tensorHead(tensor));
  const graphBytes = tensors.reduce(
    (sum, tensor, i) => sum + (heads[i]?.length ?? 0) + onnxBytes(tensor),
    before.length + behind.length,
  );
  const start = joined([model, lengthField(7, graphBytes), before]);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield start;
    for (const [i, tensor] of tensors.entries()) {
      yield heads[i] ?? new Uint8Array();
      yield* checkedChunks({ path: tensor.name, bytes: onnxBytes(tensor), chunks: tensor.chunks });
    }
    yield behind;
  }
  return { path, bytes: start.length - before.length + graphBytes, chunks };
}

/** Of a tensor all but its bytes, which come last, so that they can follow. */
function tensorHead(tensor: OnnxTensor): Uint8Array {
  const { name, shape, type } = tensor;
  const bytes = onnxBytes(tensor);
  const own = joined([
    ...(shape.length > 0 ? [numbersField(1, shape)] : []),
    numberField(2, ONNX_TYPES[type]),
    textField(8, name),
    lengthField(9, bytes),
  ]);
  return joined([lengthField(5, own.length + bytes), own]);
}

function nodeFields({ op, inputs, outputs, attributes }: OnnxNode): Uint8Array[] {
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(3, outputs.join()),
    textField(4, op),
    ...Array.from(attributes, ([name, attribute]) =>
      messageField(5, textField(1, name), ...attributeFields(attribute)),
    ),
  ];
}

/** The value, and `AttributeProto.type`. */
function attributeFields(attribute: OnnxAttribute): Uint8Array[] {
  if ('float' in attribute) return [floatField(2, attribute.float), numberField(20, 1)];
  if ('int' in attribute) return [numberField(3, attribute.int), numberField(20, 2)];
  return [...attribute.ints.map((int) => numberField(8, int)), numberField(20, 7)];
}

function valueFields({ name, type, shape }: OnnxValue): Uint8Array[] {
  const sides = shape.map((side) =>
    messageField(1, typeof side === 'string' ? textField(2, side) : numberField(1, side)),
  );
  const tensor = messageField(1, numberField(1, ONNX_TYPES[type]), messageField(2, ...sides));
  return [textField(1, name), messageField(2, tensor)];
}

/** Values within a file. */
export interface ReadOnnxTensor {
  name: string;
  shape: readonly number[];
  type: OnnxType;
  /** Where its bytes begin in the file. */
  from: number;
}

export interface ReadOnnx {
  nodes: OnnxNode[];
  /** Names. */
  inputs: string[];
  outputs: string[];
  tensors: Map<string, ReadOnnxTensor>;
}

/** What stands in the file, without its values. Throws `model-damaged`, `model-unsupported`. */
export async function readOnnx(source: ByteSource): Promise<ReadOnnx> {
  const read: ReadOnnx = { nodes: [], inputs: [], outputs: [], tensors: new Map() };
  let graph: { from: number; to: number } | null = null;
  for await (const part of readFields(source)) if (part.field === 7 && part.kind === 'bytes') graph = part;
  if (graph === null) throw damagedFile(source.file, 'it has no graph');
  for await (const part of readFields(source, graph.from, graph.to)) {
    if (part.kind !== 'bytes') continue;
    const { from, to } = part;
    if (part.field === 1) read.nodes.push(await readNode(source, from, to));
    else if (part.field === 5) {
      const tensor = await readTensor(source, from, to);
      read.tensors.set(tensor.name, tensor);
    } else if (part.field === 11) read.inputs.push(await readName(source, from, to));
    else if (part.field === 12) read.outputs.push(await readName(source, from, to));
  }
  return read;
}

/** The bytes of some lines of a tensor: steps along its first side; all of them where none are named. */
export function readOnnxLines(
  source: ByteSource,
  { shape, type, from: start }: ReadOnnxTensor,
  from = 0,
  to = shape[0] ?? 1,
): Promise<Uint8Array<ArrayBuffer>> {
  const line = onnxBytes({ shape: shape.slice(1), type });
  return source.read(start + from * line, start + to * line);
}

async function readText(source: ByteSource, { from, to }: { from: number; to: number }): Promise<string> {
  return new TextDecoder().decode(await source.read(from, to));
}

async function readName(source: ByteSource, from: number, to: number): Promise<string> {
  for await (const part of readFields(source, from, to)) {
    if (part.field === 1 && part.kind === 'bytes') return readText(source, part);
  }
  throw damagedFile(source.file, 'what goes in or comes out has no name');
}

async function readNode(source: ByteSource, from: number, to: number): Promise<OnnxNode> {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  let op = '';
  const attributes = new Map<string, OnnxAttribute>();
  for await (const part of readFields(source, from, to)) {
    if (part.kind !== 'bytes') continue;
    if (part.field === 1) inputs.push(await readText(source, part));
    else if (part.field === 2) outputs.push(await readText(source, part));
    else if (part.field === 4) op = await readText(source, part);
    else if (part.field === 5) {
      const [name, attribute] = await readAttribute(source, part.from, part.to);
      attributes.set(name, attribute);
    }
  }
  return { op, inputs, outputs, attributes };
}

async function readAttribute(source: ByteSource, from: number, to: number): Promise<[string, OnnxAttribute]> {
  let name = '';
  let attribute: OnnxAttribute | null = null;
  const ints: number[] = [];
  for await (const part of readFields(source, from, to)) {
    if (part.field === 1 && part.kind === 'bytes') name = await readText(source, part);
    else if (part.field === 2 && part.kind === 'float') attribute = { float: part.value };
    else if (part.field === 3 && part.kind === 'number') attribute = { int: part.value };
    else if (part.field === 8 && part.kind === 'number') ints.push(part.value);
  }
  return [name, attribute ?? { ints }];
}

async function readTensor(source: ByteSource, from: number, to: number): Promise<ReadOnnxTensor> {
  const shape: number[] = [];
  let [name, code] = ['', 0];
  let data: { from: number; to: number } | null = null;
  for await (const part of readFields(source, from, to)) {
    if (part.field === 2 && part.kind === 'number') code = part.value;
    else if (part.kind !== 'bytes') continue;
    else if (part.field === 1) shape.push(...numbersOf(await source.read(part.from, part.to)));
    else if (part.field === 8) name = await readText(source, part);
    else if (part.field === 9) data = part;
  }
  const type = isType(code);
  if (type === null) {
    throw unsupportedFile(source.file, `«${name}» has values of the unknown type ${code}`, 'Choose another file.');
  }
  const bytes = onnxBytes({ shape, type });
  if (data?.to !== (data?.from ?? 0) + bytes) {
    throw damagedFile(source.file, `«${name}» does not have the ${bytes} bytes of its shape [${shape.join(', ')}]`);
  }
  return { name, shape, type, from: data.from };
}

function isType(code: number): OnnxType | null {
  const types: readonly OnnxType[] = ['float32', 'int8', 'int64'];
  return types.find((type) => ONNX_TYPES[type] === code) ?? null;
}

function numbersOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [value, factor] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte > 127) continue;
    numbers.push(value);
    [value, factor] = [0, 1];
  }
  return numbers;
}

/** A tensor whose bytes are there: a few numbers that operations are given. */
export function smallTensor(
  name: string,
  type: OnnxType,
  values: readonly number[],
  shape = [values.length],
): OnnxTensor {
  const bytes =
    type === 'int64'
      ? new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer)
      : type === 'int8'
        ? new Uint8Array(Int8Array.from(values).buffer)
        : new Uint8Array(Float32Array.from(values).buffer);
  return { name, type, shape, chunks: () => [bytes] };
}
