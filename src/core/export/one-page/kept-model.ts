/** A kept model as it comes back out of a page, checked field by field: a file may be of another version, or changed by hand. */
import * as v from 'valibot';
import { AppError } from '../../errors';
import type { TrainedModel } from '../../run/trained-model';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const numbers = v.instance(Float32Array);
const linear = { weight: numbers, bias: numbers };

const recipe = v.object({
  encoders: v.array(v.string()),
  layers: v.picklist([1, 3]),
  centred: v.boolean(),
  names: v.number(),
  chars: v.number(),
  c: v.number(),
});

const schema = v.object({
  labels: v.pipe(v.array(v.string()), v.minLength(2)),
  maxLength: count,
  head: v.union([
    v.object({ ...linear, normalised: v.boolean() }),
    v.object({
      kind: v.literal('recipes'),
      classes: count,
      parts: v.array(v.object({ ...linear, recipe, centre: v.nullable(numbers), share: v.number() })),
      characters: v.nullable(v.object({ ...linear, terms: v.array(v.string()), idf: numbers, share: v.number() })),
    }),
  ]),
  encoder: v.array(v.object({ name: v.string(), shape: v.array(count), values: numbers })),
  lora: v.exactOptional(
    v.object({
      rank: count,
      alpha: v.number(),
      dropout: v.number(),
      targetModules: v.array(v.string()),
      rankStabilized: v.boolean(),
    }),
  ),
});

/** Throws `model-damaged` where something is missing or does not fit the labels. */
export function parseKeptModel(value: unknown): TrainedModel {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damagedPage(`${v.getDotPath(issue) ?? 'its model'}: ${issue.message}`);
  }
  const { labels, head } = parsed.output;
  const linears = 'kind' in head ? [...head.parts, ...(head.characters ? [head.characters] : [])] : [head];
  for (const { weight, bias } of linears) {
    if (bias.length !== labels.length || weight.length === 0 || weight.length % labels.length !== 0) {
      throw damagedPage('what sorts the texts does not fit its labels');
    }
  }
  return parsed.output;
}

/** What is thrown for a page that is not whole. */
export function damagedPage(reason: string, cause?: unknown): AppError {
  return new AppError(
    'model-damaged',
    `This page cannot be used: ${reason}. The file was cut off or changed on its way; copy it once more from where it came.`,
    { cause, details: { reason } },
  );
}
