/**
 * A run of generation small enough to compute its report by hand: forty rows «question n», answered «answer n», the first
 * twenty held out. Each way is given by a function from the row to its answer.
 */
import { buildGenerationReport } from '../../src/core/report/generation/build';
import type { GenerationReportContext } from '../../src/core/report/generation/context';
import type { GenerationReport } from '../../src/core/report/report';
import type {
  AnsweredRow,
  AnswerLoss,
  AnswerWay,
  Decoding,
  GenerationOutcome,
  ModelWay,
} from '../../src/core/run/generation-outcome';
import { sampleSettings } from './report-sample';

export const ROWS = 40;
export const HELD_OUT = 20;
/** Fewer than a real report draws: what tests ask of an interval does not hang on its last digit. */
const RESAMPLES = 500;

const WORDS = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november'.split(' ');

/** The wanted answer of a row: four words of its own order, and its number. */
export function wantedOf(row: number): string {
  return [row, row * 3 + 1, row * 5 + 2, row * 7 + 3].map((at) => WORDS[at % WORDS.length] ?? '').join(' ') + ` ${row}`;
}

/** What a way answers to a row; null where it did not come to it. */
export type Answering = (row: number) => string | null;

export interface SampleRun {
  answers?: Partial<Record<AnswerWay, Answering>>;
  losses?: Partial<Record<ModelWay, (row: number) => AnswerLoss | null>>;
  context?: Partial<GenerationReportContext>;
  outcome?: Partial<GenerationOutcome>;
  heldOut?: number;
  cut?: Partial<Record<AnswerWay, number>>;
}

const sampleDecoding: Decoding = {
  ...{ maxNewTokens: 64, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 42 },
};

export function generationContext(change: Partial<GenerationReportContext> = {}): GenerationReportContext {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  return {
    dataset: {
      ...{
        name: 'orders',
        version: 2,
        rows: ROWS,
        sha256: 'ab'.repeat(32),
        leftOutRows: 1,
        groupedRows: 0,
        cutRows: 3,
      },
    },
    model: { id: 'tiny', title: 'Tiny', sha256: 'cd'.repeat(32), parameters: 1000, licence: 'Apache-2.0' },
    settings: sampleSettings,
    evaluation: { kind: 'hold-out', source: 'half of the rows set aside', folds: 1 },
    backend: 'wasm',
    device: { name: 'WebAssembly, SIMD', software: false, browser: 'Chrome 146, Linux' },
    rows: {
      lines: Int32Array.from(rows, (row) => row + 2),
      prompts: rows.map((row) => `question ${row}`),
      answers: rows.map(wantedOf),
      groups: Int32Array.from(rows),
    },
    plan: {
      folds: 1,
      heldOutIn: Int32Array.from(rows, (row) => (row < HELD_OUT ? 0 : -1)),
      asked: HELD_OUT,
      decoding: sampleDecoding,
      examples: 3,
    },
    notes: ['A note of the rows.'],
    ...change,
  };
}

export function generationOutcome({
  answers = {},
  losses = {},
  outcome = {},
  heldOut = HELD_OUT,
  cut = {},
}: SampleRun) {
  const written = (way: AnswerWay, row: number) => {
    const text = answers[way]?.(row) ?? null;
    return text === null ? null : { text, tokens: text.length, cut: row < (cut[way] ?? 0) };
  };
  const rows = Array.from({ length: heldOut }, (_, row): AnsweredRow => ({
    row,
    fold: 0,
    answers: {
      base: written('base', row),
      few_shot: written('few_shot', row),
      nearest: written('nearest', row),
      tuned: written('tuned', row),
    },
    losses: {
      base: losses.base?.(row) ?? null,
      few_shot: losses.few_shot?.(row) ?? null,
      tuned: losses.tuned?.(row) ?? null,
    },
    nearest: HELD_OUT + row,
    examples: [HELD_OUT + row, HELD_OUT],
  }));
  const whole: GenerationOutcome = {
    ...{ complete: true, missing: [], notes: ['A note of the run.'], examples: 4 },
    folds: [
      {
        ...{ fold: 0, trainingRows: 20, heldOutRows: heldOut, steps: 30, epochs: 3, bestEpoch: 2 },
        ...{ lastTrainLoss: 0.5, seconds: 9 },
      },
    ],
    rows,
    heldOutIn: Int32Array.from({ length: ROWS }, (_, row) => (row < heldOut ? 0 : -1)),
    decoding: sampleDecoding,
    ...{ finalFit: false, finalSteps: 0, finalEpochs: 0, trainedParameters: 100 },
    timings: {
      ...{
        modelSeconds: 1,
        featuresSeconds: 0,
        baselinesSeconds: 4,
        foldsSeconds: 9,
        finalFitSeconds: 0,
        testSeconds: 5,
      },
    },
    ...outcome,
  };
  return whole;
}

/** The report of a run; throws where there is none. */
export function generationReport(run: SampleRun): GenerationReport {
  const ending = {
    createdAt: '2026-01-02T03:04:05Z',
    totalSeconds: 21,
    curve: [1, 2].map((step) => ({
      ...{ fold: 0, epoch: step / 2, step, trainLoss: 2 / step, learningRate: 1e-4, gradNorm: 1 },
      ...{ validLoss: 1, metrics: { token_accuracy: 0.5 } },
    })),
  };
  const report = buildGenerationReport(generationContext(run.context), generationOutcome(run), ending, {
    resamples: RESAMPLES,
  });
  if (report === null) throw new Error('no report');
  return report;
}
