/** What a report holds of a search: its table with what every rung bought and cost, and the settings that were tried. */
import * as v from 'valibot';
import { count, interval, share } from './common';

const gain = v.object({ mean: v.number(), ci95: interval });
const settings = v.record(v.string(), v.union([v.number(), v.string(), v.boolean()]));

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
  /**
   * Over the rung that leads, and over the answers of the recommended one that its gain is told by; null of these, and where
   * there is nothing to compare. Absent in reports of earlier builds, as what follows.
   */
  best: v.optional(v.nullable(gain)),
  beside: v.optional(v.nullable(gain)),
  /** Fold by fold, on what it was seen on; `before` is of `over` on the same rows. */
  scores: v.optional(
    v.array(v.object({ fold: count, rows: count, score: share, before: v.nullable(share), seconds: v.number() })),
  ),
  /** Of the rows, that these are of. */
  share: v.optional(share),
  /** Of a rung that leaves a model, everything on auto; null of the others. */
  settings: v.optional(v.nullable(settings)),
  /** It leaves a model to keep: label names and word counts do not. */
  model: v.boolean(),
  /** Spent on it; and what a run of it by hand takes. */
  seconds: v.number(),
  cost: v.number(),
  /** All its folds, as they were planned. */
  planned: v.optional(v.number()),
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
  /** The rung to use: of those that leave a model the cheapest that is not worse. */
  recommended: v.string(),
  /** In reports of earlier builds, which recommended what leaves no model too: the rung whose model was kept. */
  kept: v.optional(v.string()),
  /** The best rung that is cheaper or leaves no model, and the gain over it of choices that were made without the folds they answer. */
  over: v.nullable(v.string()),
  gain: v.nullable(gain),
  /** The same over always giving the commonest label: what is not above it has learned nothing. Absent in reports of earlier builds. */
  floor: v.optional(v.object({ label: v.string(), gain: v.nullable(gain) })),
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
      /** The encoder that was trained, where that is another than the first. Absent in reports of earlier builds. */
      encoder: v.optional(v.string()),
      settings,
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
