/**
 * A classifier as an ONNX graph, from token ids to the logits of its labels: BERT's layers (Devlin et al. 2018, as in
 * engine/models/bert), the mean over the tokens that a text has, its length made 1 where the head was fitted so, one linear
 * layer. Batch and length are free. What is multiplied in 8 bits is brought to float32 first: rounded are the weights alone.
 */
import {
  type OnnxAttribute,
  type OnnxGraph,
  onnxNode,
  type OnnxNode,
  type OnnxTensor,
  smallTensor,
} from '../../formats/onnx';
import { hasSegments } from './encoder-files';
import type { ExportedClassifier } from './exported-classifier';
import { floatTensor, tableBytes, turnedBytes, turnedTensor } from './onnx-weights';

export type OnnxWeights = 'float32' | 'int8';

/** Far below any score: what is no token gets no attention. */
const NO_TOKEN = -1e9;
const FLOAT = 1;

interface Draft {
  classifier: ExportedClassifier;
  weights: OnnxWeights;
  nodes: OnnxNode[];
  tensors: OnnxTensor[];
}

/** The graph and its values. */
export function classifierGraph(
  classifier: ExportedClassifier,
  weights: OnnxWeights,
): { graph: OnnxGraph; tensors: OnnxTensor[] } {
  const draft: Draft = { classifier, weights, nodes: [], tensors: numbers(classifier) };
  const { config, labels } = classifier;
  const segments = hasSegments(classifier.tokenizer);
  let state = embeddings(draft, segments);
  const mask = add(draft, 'Cast', ['attention_mask'], 'mask', { to: { int: FLOAT } });
  const absent = add(draft, 'Sub', ['one', add(draft, 'Unsqueeze', [mask, 'axes.heads'], 'mask.heads')], 'absent');
  const bias = add(draft, 'Mul', [absent, 'no_token'], 'attention_bias');
  for (let layer = 0; layer < config.layers; layer++)
    state = encoderLayer(draft, state, bias, `encoder.layer.${layer}`);
  headOf(draft, pooled(draft, state, mask));
  const side = ['batch', 'tokens'];
  const names = ['input_ids', 'attention_mask', ...(segments ? ['token_type_ids'] : [])];
  const used = new Set(draft.nodes.flatMap((node) => node.inputs));
  return {
    graph: {
      name: 'classifier',
      nodes: draft.nodes,
      inputs: names.map((name) => ({ name, type: 'int64', shape: side })),
      outputs: [{ name: 'logits', type: 'float32', shape: ['batch', labels.length] }],
    },
    tensors: draft.tensors.filter((tensor) => used.has(tensor.name)),
  };
}

/** Numbers that operations are given. */
function numbers({ config: { hiddenSize, heads } }: ExportedClassifier): OnnxTensor[] {
  const size = hiddenSize / heads;
  return [
    smallTensor('one', 'float32', [1], []),
    smallTensor('half', 'float32', [0.5], []),
    smallTensor('root_of_half', 'float32', [Math.SQRT1_2], []),
    smallTensor('no_token', 'float32', [NO_TOKEN], []),
    smallTensor('score_scale', 'float32', [1 / Math.sqrt(size)], []),
    smallTensor('least_length', 'float32', [1e-12], []),
    smallTensor('zero', 'int64', [0], []),
    smallTensor('step', 'int64', [1], []),
    smallTensor('axes.heads', 'int64', [1, 2]),
    smallTensor('axes.hidden', 'int64', [2]),
    smallTensor('axes.tokens', 'int64', [1]),
    smallTensor('shape.heads', 'int64', [0, 0, heads, size]),
    smallTensor('shape.hidden', 'int64', [0, 0, hiddenSize]),
  ];
}

function add(
  { nodes }: Draft,
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): string {
  nodes.push(onnxNode(op, inputs, output, attributes));
  return output;
}

/** A parameter by its name, as it is. */
function parameter({ classifier, tensors }: Draft, name: string): string {
  tensors.push(floatTensor(classifier.tensors, name));
  return name;
}

/** Words, positions and segments, added and normalised. */
function embeddings(draft: Draft, segments: boolean): string {
  const { classifier, weights, tensors } = draft;
  const word = 'embeddings.word_embeddings.weight';
  const look = (table: string, ids: string, output: string): string =>
    add(draft, 'Gather', [table, ids], output, { axis: { int: 0 } });
  let words: string;
  if (weights === 'int8') {
    const [values, scales] = tableBytes(classifier.tensors, word);
    tensors.push(values, scales);
    const steps = add(draft, 'Cast', [look(values.name, 'input_ids', 'words.int8')], 'words.steps', {
      to: { int: FLOAT },
    });
    words = add(draft, 'Mul', [steps, look(scales.name, 'input_ids', 'words.scale')], 'words');
  } else words = look(parameter(draft, word), 'input_ids', 'words');
  const shape = add(draft, 'Shape', ['input_ids'], 'shape');
  const count = add(draft, 'Gather', [shape, 'step'], 'tokens', { axis: { int: 0 } });
  const range = add(draft, 'Range', ['zero', count, 'step'], 'positions.ids');
  const positions = look(parameter(draft, 'embeddings.position_embeddings.weight'), range, 'positions');
  const types = parameter(draft, 'embeddings.token_type_embeddings.weight');
  const segment = look(types, segments ? 'token_type_ids' : 'zero', 'segments');
  const sum = add(draft, 'Add', [add(draft, 'Add', [words, positions], 'words.positions'), segment], 'embeddings.sum');
  return normalised(draft, sum, 'embeddings');
}

function encoderLayer(draft: Draft, state: string, bias: string, prefix: string): string {
  const name = (part: string): string => `${prefix}.${part}`;
  const project = (part: string, perm: number[]): string => {
    const flat = dense(draft, state, name(`attention.self.${part}`));
    const heads = add(draft, 'Reshape', [flat, 'shape.heads'], name(`${part}.heads`));
    return add(draft, 'Transpose', [heads], name(part), { perm: { ints: perm } });
  };
  const [query, key, value] = [
    project('query', [0, 2, 1, 3]),
    project('key', [0, 2, 3, 1]),
    project('value', [0, 2, 1, 3]),
  ];
  const scores = add(
    draft,
    'Mul',
    [add(draft, 'MatMul', [query, key], name('products')), 'score_scale'],
    name('scores'),
  );
  const masked = add(draft, 'Add', [scores, bias], name('masked'));
  const shares = add(draft, 'Softmax', [masked], name('shares'));
  const mixed = add(draft, 'MatMul', [shares, value], name('mixed'));
  const back = add(draft, 'Transpose', [mixed], name('mixed.tokens'), { perm: { ints: [0, 2, 1, 3] } });
  const flat = add(draft, 'Reshape', [back, 'shape.hidden'], name('mixed.flat'));
  const attended = dense(draft, flat, name('attention.output.dense'));
  const middle = normalised(draft, add(draft, 'Add', [attended, state], name('attended')), name('attention.output'));
  const inner = gelu(draft, dense(draft, middle, name('intermediate.dense')), name('gelu'));
  const outer = dense(draft, inner, name('output.dense'));
  return normalised(draft, add(draft, 'Add', [outer, middle], name('sum')), name('output'));
}

/** x·W + b */
function dense(draft: Draft, x: string, path: string): string {
  const { classifier, weights, tensors } = draft;
  let weight = `${path}.weight`;
  if (weights === 'int8') {
    const [values, scales] = turnedBytes(classifier.tensors, weight);
    const [inputs = 0, outputs = 0] = [...classifier.tensors.shape(weight)].reverse();
    const whole = smallTensor(`${path}.shape`, 'int64', [inputs, outputs]);
    tensors.push(values, scales, whole);
    // No runtime has to know groups: whoever loads the file brings the weights to float32 once, or for each text.
    const steps = add(draft, 'Cast', [values.name], `${path}.steps`, { to: { int: FLOAT } });
    const groups = add(draft, 'Mul', [steps, scales.name], `${path}.groups`);
    weight = add(draft, 'Reshape', [groups, whole.name], weight);
  } else tensors.push(turnedTensor(classifier.tensors, weight));
  const product = add(draft, 'MatMul', [x, weight], `${path}.product`);
  return add(draft, 'Add', [product, parameter(draft, `${path}.bias`)], path);
}

function normalised(draft: Draft, x: string, path: string): string {
  const [gamma, beta] = ['weight', 'bias'].map((kind) => parameter(draft, `${path}.LayerNorm.${kind}`));
  const epsilon = { float: draft.classifier.config.layerNormEps };
  return add(draft, 'LayerNormalization', [x, gamma ?? '', beta ?? ''], `${path}.LayerNorm`, { epsilon });
}

/** x·½(1 + erf(x/√2)) */
function gelu(draft: Draft, x: string, path: string): string {
  const erf = add(draft, 'Erf', [add(draft, 'Mul', [x, 'root_of_half'], `${path}.scaled`)], `${path}.erf`);
  const gate = add(draft, 'Mul', [add(draft, 'Add', [erf, 'one'], `${path}.sum`), 'half'], `${path}.gate`);
  return add(draft, 'Mul', [x, gate], path);
}

/** A text's vector: the mean of its tokens, or its first. */
function pooled(draft: Draft, state: string, mask: string): string {
  const { config, head } = draft.classifier;
  let vector: string;
  if (config.pooling === 'first') vector = add(draft, 'Gather', [state, 'zero'], 'vector', { axis: { int: 1 } });
  else {
    const keep = { keepdims: { int: 0 } };
    const present = add(draft, 'Unsqueeze', [mask, 'axes.hidden'], 'mask.hidden');
    const states = add(draft, 'Mul', [state, present], 'present');
    const sum = add(draft, 'ReduceSum', [states, 'axes.tokens'], 'sum', keep);
    vector = add(draft, 'Div', [sum, add(draft, 'ReduceSum', [present, 'axes.tokens'], 'count', keep)], 'vector');
  }
  if (!head.normalised) return vector;
  const length = add(draft, 'ReduceL2', [vector], 'length', { axes: { ints: [1] }, keepdims: { int: 1 } });
  return add(draft, 'Div', [vector, add(draft, 'Max', [length, 'least_length'], 'length.safe')], 'vector.unit');
}

function headOf(draft: Draft, vector: string): void {
  const { weight, bias } = draft.classifier.head;
  const inputs = weight.length / bias.length;
  const columns = weight.map((_, i) => weight[(i % bias.length) * inputs + Math.floor(i / bias.length)] ?? 0);
  const own = (name: string, values: Float32Array, shape: number[]): OnnxTensor => ({
    ...{ name, shape, type: 'float32' },
    chunks: () => [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
  });
  draft.tensors.push(own('head.weight', columns, [inputs, bias.length]), own('head.bias', bias, [bias.length]));
  add(draft, 'Add', [add(draft, 'MatMul', [vector, 'head.weight'], 'head.product'), 'head.bias'], 'logits');
}
