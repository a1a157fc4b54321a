/** A run small enough to compute its report by hand: eight rows, two labels, two folds of four, a test part of four. */
import { buildReport } from '../../src/core/report/build-report';
import type { ReportContext } from '../../src/core/report/context';
import type { ClassificationReport } from '../../src/core/report/report';
import type { FoldPiece } from '../../src/core/run/checkpoint';
import type { CurvePoint } from '../../src/core/run/record';
import type { BaselineId } from '../../src/core/settings/settings';
import type { FoldOutcome, Predictions } from '../../src/core/run/predictions';
import type { ExperimentOutcome } from '../../src/core/run/experiment';
import type { Settings } from '../../src/core/settings/settings';

export const sampleSettings: Settings = {
  method: 'top-layers',
  layers: 2,
  trainEmbeddings: false,
  nEpochs: 4,
  batchSize: 16,
  gradientAccumulation: 1,
  learningRate: 1e-4,
  headLearningRate: 1e-3,
  weightDecay: 0.01,
  warmupRatio: 0.1,
  schedule: 'linear',
  maxGradNorm: 1,
  dropout: 0.1,
  rDrop: 0,
  augmentation: 'none',
  maxLength: 64,
  classWeight: 'none',
  headC: 10,
  recipe: 'plain',
  l1: 0,
  l2: 0,
  earlyStoppingPatience: 0,
  rank: 8,
  alpha: 16,
  loraDropout: 0,
  targetModules: 'all-linear',
  rankStabilized: false,
  maxSteps: 500,
  seed: 42,
};

/** Rows 0–3 are «ham», 4–7 «spam»; line n + 2 of the file. Test rows: ham, ham, spam, spam. */
export function sampleContext(change: Partial<ReportContext> = {}): ReportContext {
  const labels = ['ham', 'spam'];
  return {
    dataset: {
      name: 'mail',
      version: 3,
      rows: 12,
      labels: [
        { label: 'ham', count: 6 },
        { label: 'spam', count: 6 },
      ],
      sha256: 'ab'.repeat(32),
      leftOutRows: 1,
      groupedRows: 2,
      cutRows: 0,
    },
    model: { id: 'tiny', title: 'Tiny', sha256: 'cd'.repeat(32), parameters: 1000, licence: 'Apache-2.0' },
    settings: sampleSettings,
    folds: 2,
    backend: 'wasm',
    device: { name: 'WebAssembly, SIMD', software: false, browser: 'Chrome 146, Linux' },
    rows: {
      labels,
      labelIndices: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
      lines: Int32Array.of(2, 3, 4, 5, 6, 7, 8, 9),
      texts: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    },
    test: {
      labels,
      labelIndices: Int32Array.of(0, 0, 1, 1),
      lines: Int32Array.of(10, 11, 12, 13),
      texts: ['p', 'q', 'r', 's'],
      source: 'a stratified hold-out of 33 %',
    },
    notes: ['A note of the folds.'],
    ...change,
  };
}

/** Answers as the probability of «spam» per row. */
export function answers(rows: number[], spam: number[]): Predictions {
  return { rows: Int32Array.from(rows), probabilities: Float32Array.from(spam.flatMap((p) => [1 - p, p])) };
}

export function fold(number: number, rows: number[], spam: number[]): FoldOutcome {
  return { fold: number, ...answers(rows, spam), steps: 40, epochs: 4, bestEpoch: 3, seconds: 2 };
}

/** A finished fold as it is kept. */
export function pieceOf(id: FoldPiece['id'], outcome: FoldOutcome): FoldPiece {
  return { id, outcome, chosenC: null, notes: [], trainedParameters: 300 };
}

const FIRST = [0, 1, 4, 5];
const SECOND = [2, 3, 6, 7];

/** Tuned: 3 and 4 of 4 right. Features only: 2 and 4. TF-IDF: 2 and 2. Majority says «ham»: 2 and 2. */
export function sampleOutcome(change: Partial<ExperimentOutcome> = {}): ExperimentOutcome {
  const baselines: Record<BaselineId, FoldOutcome[]> = {
    majority: [fold(0, FIRST, [0, 0, 0, 0]), fold(1, SECOND, [0, 0, 0, 0])],
    tfidf_logistic_regression: [fold(0, FIRST, [0.4, 0.6, 0.4, 0.6]), fold(1, SECOND, [0.4, 0.6, 0.4, 0.6])],
    features_only: [fold(0, FIRST, [0.2, 0.7, 0.3, 0.8]), fold(1, SECOND, [0.2, 0.3, 0.9, 0.8])],
  };
  return {
    complete: true,
    missing: [],
    notes: ['A note of the run.'],
    folds: [fold(0, FIRST, [0.1, 0.2, 0.25, 0.9]), fold(1, SECOND, [0.05, 0.15, 0.95, 0.85])],
    baselines,
    tuned: null,
    finalFit: true,
    finalSteps: 80,
    finalEpochs: 3,
    base: null,
    test: {
      ...answers([0, 1, 2, 3], [0.1, 0.9, 0.9, 0.8]),
      baselines: {
        majority: answers([0, 1, 2, 3], [0, 0, 0, 0]),
        tfidf_logistic_regression: answers([0, 1, 2, 3], [0.9, 0.1, 0.9, 0.1]),
        features_only: answers([0, 1, 2, 3], [0.9, 0.8, 0.9, 0.8]),
      },
    },
    trainedParameters: 300,
    timings: {
      modelSeconds: 1,
      featuresSeconds: 2,
      baselinesSeconds: 3,
      foldsSeconds: 4,
      finalFitSeconds: 5,
      testSeconds: 6,
    },
    ...change,
  };
}

/** Its report. */
export function sampleReport(curve: CurvePoint[] = []): ClassificationReport {
  const ending = { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 21, curve };
  const report = buildReport(sampleContext(), sampleOutcome(), ending);
  if (report === null) throw new Error('The sample has folds.');
  return report;
}
