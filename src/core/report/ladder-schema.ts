/** What a report holds of a search: its table with what every rung bought and cost, and the settings that were tried. */
import * as v from 'valibot';
import { count, interval, share } from './common';

const gain = v.object({ mean: v.number(), ci95: interval });

const row = v.object({
  rung: v.string(),
  title: v.string(),
  note: v.string(),
  state: v.picklist(['waiting', 'part', 'done', 'dropped', 'skipped', 'out']),
  why: v.nullable(v.string()),
  seen: v.nullable(v.string()),
  /** False: on a part of the folds or of the rows. */
  whole: v.boolean(),
  score: v.nullable(share),
  ci95: v.nullable(interval),
  /** Over `over`, the best rung before it that has all its folds, on the same folds and rows. */
  gain: v.nullable(gain),
  over: v.nullable(v.string()),
  /** It leaves a model to keep: label names and word counts do not. */
  model: v.boolean(),
  /** Spent on it; and what a run of it by hand takes. */
  seconds: v.number(),
  cost: v.number(),
});

export const ladderSchema = v.object({
  /** Seconds; null = no limit. */
  budget: v.nullable(v.number()),
  folds: count,
  metric: v.picklist(['accuracy', 'macro_f1']),
  rungs: v.array(row),
  leads: v.nullable(v.string()),
  /** Spent on reading and on all folds. */
  seconds: v.number(),
  /** The rung to use: the cheapest that is not worse; and the one whose model is kept. */
  recommended: v.string(),
  kept: v.string(),
  /** The best cheaper rung, and the gain over it of choices that were made without the folds they answer. */
  over: v.nullable(v.string()),
  gain: v.nullable(gain),
  /** Nested: each fold answered by what was chosen without it. */
  score: share,
  chosen: v.array(v.string()),
  /** A person had enough before all was looked at. */
  stopped: v.boolean(),
});

/** The settings of the rung that led, tried beside `auto`. */
export const searchSchema = v.object({
  rung: v.string(),
  tried: v.array(
    v.object({
      auto: v.boolean(),
      settings: v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
      /** Of the rows: a quarter, a half, all. */
      share,
      score: share,
      best: v.boolean(),
    }),
  ),
  /** The best of these looks, which flatters; and what choosing inside each fold gained over `auto`. */
  score: share,
  gain: v.nullable(gain),
  taken: v.boolean(),
});

export type LadderSection = v.InferOutput<typeof ladderSchema>;
export type SearchSection = v.InferOutput<typeof searchSchema>;
