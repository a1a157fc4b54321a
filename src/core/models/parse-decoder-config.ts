/** The config of a decoder as a manifest has it. */
import * as v from 'valibot';
import { AppError } from '../errors';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const configSchema = v.pipe(
  v.object({
    vocabSize: count,
    hiddenSize: count,
    layers: count,
    heads: count,
    /** Heads share keys and values in equal groups. */
    keyValueHeads: count,
    headSize: v.pipe(count, v.multipleOf(2)),
    intermediateSize: count,
    rmsNormEps: positive,
    ropeTheta: positive,
    maxPositions: count,
    /** The output table is the word table. */
    tiedEmbeddings: v.boolean(),
    /** Query, key and value have a bias: Qwen2. */
    attentionBias: v.optional(v.boolean(), false),
    /** Heads of query and key are normalised: Qwen3. */
    queryKeyNorm: v.optional(v.boolean(), false),
  }),
  v.check(({ heads, keyValueHeads }) => heads % keyValueHeads === 0, 'heads are not groups of keyValueHeads'),
);

export type ParsedDecoderConfig = v.InferOutput<typeof configSchema>;

/** The config of a manifest; throws `model-damaged` when a field is missing or impossible. */
export function parseDecoderConfig(config: unknown): ParsedDecoderConfig {
  const parsed = v.safeParse(configSchema, config);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new AppError(
    'model-damaged',
    `The model's manifest.json cannot be used: config.${v.getDotPath(issue) ?? ''}: ${issue.message}. Load the model again.`,
    { details: { file: 'manifest.json' } },
  );
}
