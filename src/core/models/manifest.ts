/**
 * manifest.json of a model folder: config, tensors and files with their hashes.
 * Weights are one long row of float16 values, cut into shards of at most 16 MiB; a tensor may cross a cut,
 * so `byteOffset` counts from the start of the first shard.
 */
import * as v from 'valibot';
import { AppError } from '../errors';

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
  architecture: v.literal('bert'),
  /** The rest of it is the family's. */
  config: v.looseObject({ vocabSize: count, hiddenSize: count, layers: count, maxPositions: count }),
  tensors: v.array(
    v.object({
      name: v.string(),
      shape: v.array(count),
      dtype: v.literal('float16'),
      byteOffset: count,
      byteLength: count,
    }),
  ),
  shards: v.array(fileEntry),
  tokenizer: fileEntry,
  /** SHA-256 over the shards joined in order: the identity of the weights. */
  sha256,
  card: v.object({
    task: v.literal('encoder'),
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

export type ModelManifest = v.InferOutput<typeof manifestSchema>;
export type TensorEntry = ModelManifest['tensors'][number];
export type FileEntry = v.InferOutput<typeof fileEntry>;

/** Parses manifest.json; throws `model-damaged` when a field is missing or the byte ranges do not fit the shards. */
export function parseManifest(text: string): ModelManifest {
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
  const total = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  for (const { name, shape, byteOffset, byteLength } of manifest.tensors) {
    const size = shape.reduce((product, side) => product * side, 1);
    if (byteLength !== size * 2 || byteOffset % 2 !== 0 || byteOffset + byteLength > total) {
      throw damaged(`the byte range of ${name} does not fit`);
    }
  }
  return manifest;
}

function damaged(reason: string, cause?: unknown): AppError {
  return new AppError('model-damaged', `The model's manifest.json cannot be used: ${reason}. Load the model again.`, {
    cause,
    details: { file: 'manifest.json' },
  });
}
