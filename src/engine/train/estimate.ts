/**
 * How long the parts of a run should take on a plain processor core, before anything was measured: what the first
 * minutes' progress bar and the weights of the parts rest on. Rough by nature; `Progress` corrects it.
 */
import type { BertConfig } from '../../core/models/manifest';
import type { Settings } from '../../core/plan/settings';
import type { Corpus } from './corpus';
import type { Part } from './progress';

/** Milliseconds per token and layer, forward; measured with 384 hidden values on WebAssembly. */
const LAYER_MS = 0.16;
/** A trained layer's forward and backward against its forward. */
const TRAIN_FACTOR = 3.5;
/** The optimizer's work on a layer in one step, whatever the batch. */
const UPDATE_MS = 20;
/** Per row, class and column of a head: a hundred iterations for each of a few strengths. */
const HEAD_MS = 2e-4;
/** Dense columns that cost as much as a row's words. */
const WORD_COLUMNS = 400;

/** The parts of a run in their order. */
export function estimateParts(corpus: Corpus, settings: Settings, config: BertConfig, folds: number): Part[] {
  const { method } = settings;
  const rows = corpus.trainRows.length;
  const classes = corpus.labels.length;
  const tokens = sum(corpus.lengths);
  const meanTokens = tokens / Math.max(1, corpus.lengths.length);
  const distinctTokens = sum(corpus.distinct.tokenIds.map((ids) => ids.length));
  const layerMs = LAYER_MS * (config.hiddenSize / 384) ** 2;
  const updateMs = UPDATE_MS * (config.hiddenSize / 384) ** 2;
  const forwardMs = layerMs * config.layers;
  const headMs = (fitted: number, columns: number): number => HEAD_MS * fitted * classes * columns;

  const tuneMs = (fitted: number): number => {
    if (method === 'features') return headMs(fitted, config.hiddenSize);
    if (method === 'few-examples') {
      const steps = Math.min(settings.maxSteps, (2 * fitted * settings.pairsPerRow) / settings.batchSize);
      const pairsMs = 2 * steps * settings.batchSize * meanTokens * forwardMs * TRAIN_FACTOR;
      return pairsMs + steps * config.layers * updateMs + rows * meanTokens * forwardMs;
    }
    const layers = method === 'full' ? config.layers : settings.layers;
    const steps = fitted / (settings.batchSize * settings.gradientAccumulation);
    return settings.nEpochs * layers * (fitted * meanTokens * layerMs * TRAIN_FACTOR + steps * updateMs);
  };
  const kind = method === 'features' ? 'head' : 'train';
  const foldRows = folds > 0 ? rows * (1 - 1 / folds) : 0;
  const baselinesMs = (folds + 1) * headMs(foldRows, WORD_COLUMNS + (method === 'features' ? 0 : config.hiddenSize));
  const prefixMs = distinctTokens * layerMs * Math.max(0, config.layers - settings.layers);
  return [
    { key: 'features', phase: 'features', kind: 'encode', estimateMs: distinctTokens * forwardMs },
    { key: 'baselines', phase: 'baselines', kind: 'head', estimateMs: baselinesMs },
    { key: 'prefix', phase: 'features', kind: 'encode', estimateMs: method === 'top-layers' ? prefixMs : 0 },
    ...Array.from({ length: folds }, (_, fold): Part => {
      return { key: foldPart(fold), phase: 'fold', kind, estimateMs: tuneMs(foldRows) };
    }),
    { key: 'final', phase: 'final-fit', kind, estimateMs: tuneMs(rows) },
    { key: 'test', phase: 'test', kind: 'encode', estimateMs: corpus.testRows.length * meanTokens * forwardMs },
  ];
}

/** The key of a fold's part. */
export function foldPart(fold: number): string {
  return `fold ${fold}`;
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
