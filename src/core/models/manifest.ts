/**
 * manifest.json of a model folder: config, tensors and files with their hashes.
 * Weights are one long row of bytes, each tensor in a type of its own (core/formats/tensor-types.ts), cut into shards of
 * at most 16 MiB; a tensor may cross a cut, so `byteOffset` counts from the start of the first shard.
 */
import * as v from 'valibot';
import { AppError } from '../errors';
import { bytesOfValues, isTensorType, TENSOR_TYPE_IDS, type TensorTypeId } from '../formats/tensor-types';
import { MODEL_FAMILIES, TOKENIZER_KINDS } from './registry';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** A plain name beside the manifest: no folder, no `..`. */
const fileName = v.pipe(v.string(), v.regex(/^[\w-][\w.-]*$/));
const fileEntry = v.object({ file: fileName, bytes: count, sha256 });

const manifestSchema = v.object({
  format: v.literal('hone-model'),
  version: v.literal(1),
  id: v.string(),
  title: v.string(),
  /** The family's id. */
  architecture: v.string(),
  /** The rest of it is the family's. */
  config: v.looseObject({ vocabSize: count, hiddenSize: count, layers: count, maxPositions: count }),
  tensors: v.array(
    v.object({
      name: v.string(),
      shape: v.array(count),
      dtype: v.string(),
      byteOffset: count,
      byteLength: count,
    }),
  ),
  shards: v.array(fileEntry),
  tokenizer: v.object({
    ...fileEntry.entries,
    kind: v.optional(v.string(), 'wordpiece'),
    /** What the model was trained to see before each text. */
    prompt: v.optional(v.string(), ''),
    /** How a decoder writes chats: a Jinja template, as Hugging Face's `chat_template`. */
    chatTemplate: v.optional(v.string()),
    /** The token that begins a text, where the template asks for it by name. */
    bosToken: v.optional(v.string()),
    /** The token that ends an answer, where the template asks for it by name. */
    eosToken: v.optional(v.string()),
    /** Ids that end an answer. */
    endIds: v.optional(v.array(count)),
  }),
  /** SHA-256 over the shards joined in order: the identity of the weights. Of a model brought along config and tokenizer go in too. */
  sha256,
  card: v.object({
    task: v.picklist(['encoder', 'decoder']),
    goodAt: v.array(v.string()),
    weakAt: v.array(v.string()),
    languages: v.array(v.string()),
    parameters: count,
    bytes: count,
    maxTokens: count,
    licence: v.string(),
    source: v.string(),
  }),
});

type Parsed = v.InferOutput<typeof manifestSchema>;
export type TensorEntry = Parsed['tensors'][number] & { dtype: TensorTypeId };
export type ModelManifest = Omit<Parsed, 'tensors'> & { tensors: TensorEntry[] };
export type FileEntry = v.InferOutput<typeof fileEntry>;

/**
 * Parses manifest.json; throws `model-damaged` when a field is missing or the byte ranges do not fit the shards, and
 * `model-unsupported` for a family (`families` are known), a tokenizer or a type of values that this version does not know.
 */
export function parseManifest(text: string, families: readonly string[] = MODEL_FAMILIES): ModelManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged('it is not JSON', cause);
  }
  const parsed = v.safeParse(manifestSchema, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw damaged(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
  }
  const manifest = parsed.output;
  const { title, architecture, tokenizer } = manifest;
  if (!families.includes(architecture)) throw unsupported(title, 'models of the kind', architecture, families);
  if (!TOKENIZER_KINDS.includes(tokenizer.kind)) {
    throw unsupported(title, 'tokenizers of the kind', tokenizer.kind, TOKENIZER_KINDS);
  }
  const total = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const tensors = manifest.tensors.map((tensor): TensorEntry => {
    const { name, shape, dtype, byteOffset, byteLength } = tensor;
    if (!isTensorType(dtype)) throw unsupported(title, 'values of the type', dtype, TENSOR_TYPE_IDS);
    const size = shape.reduce((product, side) => product * side, 1);
    // A block lies within a row.
    const rowBytes = bytesOfValues(dtype, shape.at(-1) ?? 1);
    if (rowBytes === null || byteLength !== bytesOfValues(dtype, size) || byteOffset + byteLength > total) {
      throw damaged(`the byte range of ${name} does not fit`);
    }
    return { ...tensor, dtype };
  });
  return { ...manifest, tensors };
}

function unsupported(title: string, what: string, found: string, known: readonly string[]): AppError {
  return new AppError(
    'model-unsupported',
    `«${title}» cannot be used by this version of Hone: it knows no ${what} «${found}», only ${known.join(', ')}. Reload ` +
      'the page to get the newest version, or choose another model.',
    { details: { file: 'manifest.json', found } },
  );
}

function damaged(reason: string, cause?: unknown): AppError {
  return new AppError('model-damaged', `The model's manifest.json cannot be used: ${reason}. Load the model again.`, {
    cause,
    details: { file: 'manifest.json' },
  });
}
