/**
 * The records of a bundle as they come from a file: each has the fields that the page reads without asking, or it is refused
 * with the first that it lacks. What a later version of Hone adds beside them is left as it is.
 */
import * as v from 'valibot';
import type { Dataset, Row } from '../../data/dataset';
import type { BlindVote } from '../../report/generation/blind-vote';
import type { KeptWeights } from '../../run/kept-weights';
import type { CurvePoint, Run } from '../../run/record';

const text = v.string();
const number = v.number();
/** Milliseconds since 1970, as far as there are dates. */
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Stands in addresses and in keys of the storage. */
const id = v.pipe(v.string(), v.regex(/^[\w.-]{1,200}$/));
const list = v.instance(Float32Array);
/** Not `v.record`, which passes over names such as `constructor`: a label may be called so. */
const named = <T>(isOne: (value: unknown) => value is T) =>
  v.custom<Record<string, T>>(
    (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isOne),
  );
const texts = named((value): value is string => typeof value === 'string');
const numbers = named((value): value is number => typeof value === 'number');
const backend = v.picklist(['webgpu', 'wasm']);

const testPlan = v.variant('kind', [
  v.object({ kind: v.literal('none') }),
  v.object({ kind: v.literal('hold-out'), share: number }),
  v.object({ kind: v.literal('file'), datasetId: id }),
  v.object({ kind: v.literal('split') }),
]);

const runSchema = v.looseObject({
  ...{ id, name: text, createdAt: time, updatedAt: time, datasetId: id, datasetName: text, datasetVersion: count },
  ...{ modelId: text, method: text, build: text },
  request: v.looseObject({
    ...{
      runId: id,
      name: text,
      datasetId: id,
      datasetVersion: count,
      modelId: text,
      method: text,
      backend,
      limit: count,
    },
    encoder: v.optional(text),
    choices: v.looseObject({}),
    evaluation: v.looseObject({ folds: count, test: testPlan }),
    labelDescriptions: v.optional(texts),
    prompts: v.optional(v.array(text)),
  }),
  settings: v.nullable(v.looseObject({ method: text, seed: number })),
  // What is at work cannot be taken along.
  state: v.picklist(['succeeded', 'failed', 'stopped', 'cancelled']),
  device: v.nullable(v.looseObject({ backend, name: text, software: v.boolean() })),
  progress: v.nullable(
    v.looseObject({
      phase: v.picklist(['loading-model', 'features', 'baselines', 'fold', 'final-fit', 'test', 'report']),
      ...{ message: text, fold: count, folds: count, epoch: number, epochs: number, step: count, steps: count },
      ...{ phaseProgress: number, progress: number, elapsedMs: number },
    }),
  ),
  folds: v.array(v.looseObject({ fold: count, metrics: numbers, steps: count, epochs: number, seconds: number })),
  log: v.array(v.looseObject({ at: time, message: text })),
  error: v.nullable(v.looseObject({ code: text, message: text })),
  hasWeights: v.boolean(),
});

const versionSchema = v.looseObject({
  ...{ number: count, createdAt: time, note: text, fileName: text, fileBytes: count, format: text },
  mapping: v.looseObject({ container: text, format: text, textFields: v.array(text), targetField: text }),
  ...{ rowCount: count, leftOut: count, sha256: text },
  labels: v.array(v.object({ label: text, count })),
  findings: v.array(
    v.looseObject({
      ...{ id: text, severity: v.picklist(['blocking', 'repairable', 'warning']), title: text, detail: text, count },
      examples: v.array(v.looseObject({ line: number, excerpt: text, reason: text })),
    }),
  ),
});

const datasetSchema = v.looseObject({
  ...{ id, name: text, task: v.picklist(['classification', 'generation']), createdAt: time, nextRowId: count },
  ...{ currentVersion: count, versions: v.tuple([versionSchema]), sample: v.boolean() },
  labelDescriptions: v.optional(texts),
});

const rowSchema = v.looseObject({
  ...{ rowId: count, line: count, text, target: text, together: v.optional(text) },
  part: v.optional(v.picklist(['train', 'validation', 'test'])),
  messages: v.optional(v.array(v.looseObject({ role: text, content: text }))),
  tools: v.optional(v.array(v.looseObject({}))),
  tokens: v.optional(count),
});

const pointSchema = v.looseObject({ fold: count, epoch: number, step: count, metrics: v.nullable(numbers) });

const voteSchema = v.looseObject({
  ...{ seed: number, against: text },
  pairs: v.array(v.object({ line: count, tunedFirst: v.boolean() })),
  choices: v.array(v.picklist(['first', 'second', 'equal'])),
});

const part = { weight: list, bias: list, share: number };
const recipe = v.looseObject({ encoders: v.array(text), layers: v.picklist([1, 3]), centred: v.boolean() });
const headSchema = v.union([
  v.looseObject({ weight: list, bias: list, normalised: v.boolean() }),
  v.looseObject({
    kind: v.literal('recipes'),
    classes: count,
    parts: v.array(v.looseObject({ ...part, recipe, centre: v.nullable(list) })),
    characters: v.nullable(v.looseObject({ ...part, terms: v.array(text), idf: list })),
  }),
]);
const lora = v.looseObject({ rank: count, alpha: number, dropout: number, targetModules: v.array(text) });
const tensors = v.array(v.looseObject({ name: text, shape: v.array(count), values: list }));
const modelSchema = v.looseObject({
  ...{ labels: v.array(text), maxLength: count, head: headSchema, encoder: tensors, lora: v.optional(lora) },
});
const keptSchema = v.union([
  v.looseObject({ tuned: modelSchema, base: v.nullable(modelSchema), plain: v.optional(v.nullable(modelSchema)) }),
  v.looseObject({
    adapter: v.looseObject({
      modelId: text,
      modelSha256: text,
      lora,
      maxLength: count,
      decoding: v.looseObject({}),
      tensors,
    }),
  }),
]);

/** What does not fit, in words; the parsers of this file throw it. */
export class RecordFault extends Error {}

function parse(schema: v.GenericSchema, value: unknown): unknown {
  const parsed = v.safeParse(schema, value);
  // Itself, whose keys stay in their order.
  if (parsed.success) return value;
  throw new RecordFault(`${v.getDotPath(parsed.issues[0]) ?? 'the whole'} is not as it should be`);
}

export const parseRun = (value: unknown): Run => parse(runSchema, value) as Run;
/** Of one version, which stores all its rows. */
export const parseDataset = (value: unknown): Dataset => parse(datasetSchema, value) as Dataset;
export const parseRow = (value: unknown): Row & { tokens?: number } => parse(rowSchema, value) as Row;
export const parsePoint = (value: unknown): CurvePoint => parse(pointSchema, value) as CurvePoint;
export const parseVote = (value: unknown): BlindVote => parse(voteSchema, value) as BlindVote;
export const parseKept = (value: unknown): KeptWeights => parse(keptSchema, value) as KeptWeights;
