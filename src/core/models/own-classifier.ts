/**
 * The head of a classifier from elsewhere. transformers' BertForSequenceClassification and XLMRobertaForSequenceClassification
 * read a text by the state of its first token, through a layer with tanh and a linear one; they call these layers otherwise. A
 * sentence-transformers folder may have a head.json, as this page writes it: a linear layer on the vectors of the folder.
 * A head that is a pickle, as SetFit writes it, can run code when it is opened, and is never opened.
 *
 * Kept beside the model's other files: classifier.json says what it is, classifier.bin has its values.
 */
import * as v from 'valibot';
import type { ByteSource } from '../formats/byte-source';
import { damagedFile, unreadableType, unsupportedFile } from '../formats/stored-tensor';
import { unpackValues } from '../formats/tensor-types';
import { isRecord, type JsonRecord, readJson } from './own-json';
import type { FoundTensor } from './own-tensors';

/** Of a head.json, where it says so: what its head was fitted to. */
const VECTOR_TYPES = ['float16', 'float32'] as const;
export type VectorType = (typeof VECTOR_TYPES)[number];

export interface OwnClassifier {
  /** In the order of the answers. */
  labels: string[];
  /** A layer with tanh stands before the linear one. */
  hasDense: boolean;
  /** It takes vectors of length 1. */
  normalised: boolean;
  /** It reads the state of the first token, whatever else the folder says of vectors. */
  readsFirst: boolean;
  /** It was fitted to vectors that were not rounded to float16. */
  unrounded: boolean;
  /** Weight and bias of the layer with tanh, where there is one, then of the linear one: lines by output, in float32. */
  values(): Promise<Float32Array<ArrayBuffer>>;
}

/** Names of the four, as they are once `bert.` and `roberta.` are taken off. */
const NAMES = {
  bert: ['pooler.dense.weight', 'pooler.dense.bias', 'classifier.weight', 'classifier.bias'],
  'xlm-roberta': [
    ...['classifier.dense.weight', 'classifier.dense.bias', 'classifier.out_proj.weight', 'classifier.out_proj.bias'],
  ],
} as const;

/**
 * The head among a folder's parameters. Throws `model-damaged` for one that is missing or of another shape, and
 * `model-unsupported` for a head that does not choose one of several labels.
 */
export function classOfModel(
  folder: string,
  kind: keyof typeof NAMES,
  config: JsonRecord,
  found: ReadonlyMap<string, FoundTensor>,
): OwnClassifier {
  const problem = config['problem_type'];
  if (typeof problem === 'string' && problem !== 'single_label_classification') {
    const what = `its problem_type is «${problem}», and only a choice of one label is answered here`;
    throw unsupportedFile('config.json', what, 'Choose another model.');
  }
  const labels = labelsOf(config);
  if (labels === null) {
    throw unsupportedFile(
      'config.json',
      'its id2label does not name two labels or more, each once, by the numbers from 0 on',
      'Name the labels there, then bring the folder again.',
    );
  }
  const hidden = Number(config['hidden_size']);
  const shapes = [[hidden, hidden], [hidden], [labels.length, hidden], [labels.length]];
  const parameters = NAMES[kind].map((name, at): FoundTensor => {
    const tensor = found.get(name);
    if (tensor === undefined) throw damagedFile(folder, `the parameter «${name}» is missing`);
    if (tensor.shape.join() !== shapes[at]?.join()) {
      const asked = `the config asks for [${shapes[at]?.join(', ')}]`;
      throw damagedFile(tensor.source.file, `«${name}» is [${tensor.shape.join(', ')}], and ${asked}`);
    }
    if (tensor.dtype === null) throw unreadableType(tensor.source.file, tensor);
    return tensor;
  });
  const values = (): Promise<Float32Array<ArrayBuffer>> => readAll(parameters);
  return { labels, hasDense: true, normalised: false, readsFirst: true, unrounded: true, values };
}

/** The head in a head.json, for vectors of `hidden` values. Throws `model-damaged` where it does not fit. */
export async function headOfVectors(source: ByteSource, hidden: number, normalised: boolean): Promise<OwnClassifier> {
  // Folders of earlier builds do not say it.
  const { labels, weight, bias, vectors = 'float16' } = await readJson(source);
  const rows = Array.isArray(weight) ? (weight as unknown[]) : [];
  const isSound =
    Array.isArray(labels) &&
    areLabels(labels) &&
    areNumbers(bias, labels.length) &&
    rows.length === labels.length &&
    rows.every((row) => areNumbers(row, hidden));
  if (!isSound)
    throw damagedFile(source.file, `it has no labels, each once, with a line of ${hidden} weights and a bias`);
  if (!VECTOR_TYPES.some((type) => type === vectors)) {
    throw damagedFile(source.file, `its vectors are «${String(vectors)}», expected ${VECTOR_TYPES.join(' or ')}`);
  }
  const values = Float32Array.from([...rows.flat(), ...bias].map(Number));
  const kind = { hasDense: false, normalised, readsFirst: false, unrounded: vectors === 'float32' };
  return { labels, ...kind, values: () => Promise.resolve(values) };
}

function areNumbers(values: unknown, count: number): values is number[] {
  return Array.isArray(values) && values.length === count && values.every((one) => Number.isFinite(one));
}

function areLabels(labels: readonly unknown[]): labels is string[] {
  const isText = labels.every((label): label is string => typeof label === 'string');
  return isText && labels.length >= 2 && new Set(labels).size === labels.length;
}

function labelsOf({ id2label }: JsonRecord): string[] | null {
  if (!isRecord(id2label)) return null;
  const labels = Object.keys(id2label).map((_, i) => id2label[String(i)]);
  return areLabels(labels) ? labels : null;
}

async function readAll(parameters: readonly FoundTensor[]): Promise<Float32Array<ArrayBuffer>> {
  const count = ({ shape }: FoundTensor): number => shape.reduce((product, side) => product * side, 1);
  const all = new Float32Array(parameters.reduce((sum, tensor) => sum + count(tensor), 0));
  let at = 0;
  for (const tensor of parameters) {
    const { dtype, source, byteOffset, byteLength } = tensor;
    if (dtype === null) throw unreadableType(source.file, tensor);
    const values = all.subarray(at, (at += count(tensor)));
    unpackValues(dtype, await source.read(byteOffset, byteOffset + byteLength), values);
  }
  return all;
}

export const CLASSIFIER_FILE = 'classifier.json';
export const CLASSIFIER_VALUES = 'classifier.bin';

const schema = v.object({
  labels: v.array(v.string()),
  hiddenSize: v.number(),
  hasDense: v.boolean(),
  normalised: v.boolean(),
  // Absent in those that earlier builds kept.
  unrounded: v.optional(v.boolean()),
});

/** classifier.json. */
export function classifierJson({ labels, hasDense, normalised, unrounded }: OwnClassifier, hiddenSize: number): string {
  // Written as it was, where it can be: a folder that is here already is known by it.
  const more = unrounded && !hasDense ? { unrounded } : {};
  return JSON.stringify({ labels, hiddenSize, hasDense, normalised, ...more } satisfies v.InferOutput<typeof schema>);
}

/** The labels in a classifier.json. Throws `model-damaged`. */
export function classifierLabels(json: Uint8Array): string[] {
  return parseJson(json).labels;
}

/** The head as plain values, lines by output. */
export interface ClassifierHead {
  labels: string[];
  /** [hidden, hidden], where a layer with tanh stands before the other. */
  dense?: { weight: Float32Array; bias: Float32Array };
  /** [labels, hidden] */
  weight: Float32Array;
  bias: Float32Array;
  normalised: boolean;
  /** It takes vectors that are not rounded to float16. */
  unrounded: boolean;
}

/** The head from the two files as they are kept. Throws `model-damaged`. */
export function parseClassifier(json: Uint8Array, values: Uint8Array): ClassifierHead {
  const { labels, hiddenSize: hidden, hasDense, normalised, unrounded = hasDense } = parseJson(json);
  const before = hasDense ? hidden * hidden + hidden : 0;
  if (values.byteLength !== 4 * (before + labels.length * (hidden + 1))) {
    throw damagedFile(CLASSIFIER_VALUES, `it has ${values.byteLength} bytes, which do not fit its labels`);
  }
  const all = new Float32Array(Uint8Array.from(values).buffer);
  let at = 0;
  const next = (size: number): Float32Array => all.slice(at, (at += size));
  const dense = hasDense ? { weight: next(hidden * hidden), bias: next(hidden) } : null;
  return {
    ...{ labels, normalised, unrounded, ...(dense && { dense }) },
    ...{ weight: next(labels.length * hidden), bias: next(labels.length) },
  };
}

function parseJson(json: Uint8Array): v.InferOutput<typeof schema> {
  const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(json)));
  if (parsed.success) return parsed.output;
  throw damagedFile(CLASSIFIER_FILE, 'it does not say what it should');
}
