/**
 * What the report of any task holds: what was run, on which data, by which model and device, and how long it took. Field
 * names are snake_case, as scikit-learn and the Hugging Face tools write them. Shares are 0–1, times are seconds.
 */
import * as v from 'valibot';

/** Goes up when a field changes its meaning; fields that are added leave it as it is. */
export const REPORT_VERSION = 1;

export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** ISO 8601 with its zone, and one that there is a date for. */
const time = v.pipe(
  v.string(),
  v.isoTimestamp('it is no time such as 2026-11-28T12:00:00Z'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'there is no such time'),
);
export const interval = v.tuple([v.number(), v.number()]);

/** Of `dataset`; a task adds its own. */
export const datasetEntries = {
  name: v.string(),
  version: count,
  rows: count,
  sha256: v.string(),
  training_rows: count,
  test_rows: count,
  left_out_rows: count,
  grouped_rows: count,
  /** Why rows, those of the test part included, stand on one side of every split. Absent in reports of version 0.1. */
  grouping: v.optional(
    v.object({ copies: count, near_copies: count, kept_together: count, shared_values: count, torn: count }),
  ),
  cut_rows: count,
  /** What was found before training. Absent in reports of version 0.1. */
  findings: v.optional(v.array(v.object({ id: v.string(), title: v.string() }))),
};

export const commonEntries = {
  schema: v.literal('hone.report'),
  version: v.literal(REPORT_VERSION),
  created_at: time,
  status: v.picklist(['complete', 'partial']),
  /** What a partial report lacks, in words. */
  missing: v.array(v.string()),
  /** The finding in words: one sentence, then what stands behind it. */
  verdict: v.object({ sentence: v.string(), detail: v.string(), notes: v.array(v.string()) }),
  model: v.object({
    id: v.string(),
    title: v.string(),
    sha256: v.string(),
    parameters: count,
    trained_parameters: count,
    licence: v.string(),
  }),
  /** Its id, which a build that lacks the method reads too. */
  method: v.string(),
  method_title: v.string(),
  /** `torch`: trained elsewhere, see `elsewhere`. */
  backend: v.picklist(['webgpu', 'wasm', 'torch']),
  device: v.object({ name: v.string(), software: v.boolean(), browser: v.string() }),
  /** Of a run that was handed over to a bigger machine: what trained it there, and the run of this browser that it came from. */
  elsewhere: v.optional(
    v.object({
      trainer: v.string(),
      run: v.object({ id: v.string(), name: v.string() }),
      processes: count,
      versions: v.record(v.string(), v.string()),
    }),
  ),
  settings: v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
  seed: v.number(),
  final_model: v.nullable(v.object({ rows: count, steps: count, epochs: v.number(), note: v.string() })),
  timings: v.object({
    total: v.number(),
    model: v.number(),
    features: v.number(),
    baselines: v.number(),
    folds: v.number(),
    final_fit: v.number(),
    test: v.number(),
  }),
};
