/**
 * From what a run of generation gave to its report. Pure: the same outcome gives the same report, whether the run just
 * ended or was cut short.
 */
import { RESAMPLES } from '../../metrics/bootstrap';
import { withoutUndone } from '../../run/curve';
import { type AnswerWay, type GenerationOutcome } from '../../run/generation-outcome';
import { methodDefinition } from '../../settings/methods';
import { formatCount } from '../../words/numbers';
import { REPORT_VERSION } from '../common';
import type { ReportEnding } from '../context';
import type { GenerationReport, Sample, SampleAnswer } from '../generation';
import { finalModelOf, groupingOf, settingsInWords, timingsOf } from '../run-facts';
import type { GenerationReportContext } from './context';
import { repeatsOf, type FoundRepeats } from './repeats';
import { judge, type Judged, type JudgedAnswer, scoresOf } from './scores';
import { verdictOf } from './verdict';

const INTERVAL_METHOD =
  `percentile bootstrap over held-out rows, ${formatCount(RESAMPLES)} resamples, rows that belong together drawn together and all ways by ` +
  'the same draws; percentiles moved out for few rows (Hesterberg 2015); exact match: Wilson, its gains adjusted Wald ' +
  '(Bonett and Price 2012). It does not tell how another training would differ';

/** Builds the report, judged by no check yet (see checks.ts); null when the tuned model has answered no row that all others did. */
export function buildGenerationReport(
  context: GenerationReportContext,
  outcome: GenerationOutcome,
  ending: ReportEnding,
  { resamples = RESAMPLES }: { resamples?: number } = {},
): GenerationReport | null {
  const { rows, settings, dataset, evaluation } = context;
  const judged = judge(outcome.rows, rows);
  if (judged.rows.length === 0 || !judged.ways.includes('tuned')) return null;
  const scores = scoresOf(judged, { seed: settings.seed, resamples });
  const repeats = repeatsOf(judged, rows, outcome.heldOutIn);
  const heldOut = outcome.heldOutIn.reduce((sum, fold) => sum + (fold >= 0 ? 1 : 0), 0);
  const isTested = evaluation.kind !== 'folds';
  const withoutVerdict: Omit<GenerationReport, 'verdict'> = {
    schema: 'hone.report',
    version: REPORT_VERSION,
    task: 'generation',
    created_at: ending.createdAt,
    status: outcome.complete ? 'complete' : 'partial',
    missing: outcome.missing,
    dataset: {
      name: dataset.name,
      version: dataset.version,
      rows: dataset.rows,
      sha256: dataset.sha256,
      training_rows: rows.lines.length - (isTested ? heldOut : 0),
      test_rows: isTested ? heldOut : 0,
      left_out_rows: dataset.leftOutRows,
      grouped_rows: dataset.groupedRows,
      ...(dataset.grouping && { grouping: groupingOf(dataset.grouping) }),
      cut_rows: dataset.cutRows,
      ...(context.findings && { findings: context.findings }),
    },
    model: { ...context.model, trained_parameters: outcome.trainedParameters },
    method: settings.method,
    method_title: methodDefinition(settings.method).title,
    backend: context.backend,
    device: context.device,
    settings: settingsInWords(settings),
    seed: settings.seed,
    evaluation: {
      kind: evaluation.kind,
      source: evaluation.source,
      k: evaluation.folds,
      folds: [...outcome.folds]
        .sort((a, b) => a.fold - b.fold)
        .map((fold) => ({
          fold: fold.fold,
          training_rows: fold.trainingRows,
          held_out_rows: fold.heldOutRows,
          steps: fold.steps,
          epochs: fold.epochs,
          best_epoch: fold.bestEpoch,
          last_train_loss: fold.lastTrainLoss,
          seconds: fold.seconds,
        })),
      rows: judged.rows.length,
      independent_rows: new Set(judged.groups).size,
      interval_method: INTERVAL_METHOD,
      notes: [...context.notes, ...outcome.notes],
    },
    generation: {
      ...scores,
      examples: outcome.examples,
      decoding: {
        max_new_tokens: outcome.decoding.maxNewTokens,
        temperature: outcome.decoding.temperature,
        top_k: outcome.decoding.topK,
        top_p: outcome.decoding.topP,
        min_p: outcome.decoding.minP,
        repetition_penalty: outcome.decoding.repetitionPenalty,
        seed: outcome.decoding.seed,
      },
      repeats: repeats.counts,
      checks: [],
      samples: samplesOf(judged, context, scores.best_untrained, repeats),
      vote: null,
    },
    final_model: finalModelOf(rows.lines.length, outcome),
    timings: timingsOf(ending.totalSeconds, outcome.timings),
    curve: withoutUndone(ending.curve)
      .sort((a, b) => a.fold - b.fold)
      .map((point) => ({
        fold: point.fold,
        epoch: point.epoch,
        step: point.step,
        train_loss: point.trainLoss,
        learning_rate: point.learningRate,
        grad_norm: point.gradNorm,
        valid_loss: point.validLoss,
        valid_token_accuracy: point.metrics?.token_accuracy ?? null,
      })),
  };
  return { ...withoutVerdict, verdict: verdictOf(withoutVerdict) };
}

function samplesOf(
  judged: Judged,
  { rows }: GenerationReportContext,
  best: GenerationReport['generation']['best_untrained'],
  { byRow }: FoundRepeats,
): Sample[] {
  const line = (row: number): number => rows.lines[row] ?? 0;
  return judged.rows.map(({ answered, answers }, i) => {
    const answer = (way: AnswerWay): SampleAnswer | null => sampleAnswer(answers[way], byRow[i]?.[way]);
    const tuned = answers.tuned?.chrf ?? 0;
    const other = best === null ? undefined : answers[best]?.chrf;
    return {
      line: line(answered.row),
      fold: answered.fold,
      group: rows.groups[answered.row] ?? 0,
      prompt: rows.prompts[answered.row] ?? '',
      wanted: rows.answers[answered.row] ?? '',
      gain: other === undefined ? null : tuned - other,
      answers: {
        base: answer('base'),
        few_shot: answer('few_shot'),
        nearest: answer('nearest'),
        tuned: answer('tuned'),
      },
      nearest_line: answered.nearest === null ? null : line(answered.nearest),
      example_lines: answered.examples.map(line),
    };
  });
}

function sampleAnswer(answer: JudgedAnswer | undefined, repeated: SampleAnswer['repeats'] = null): SampleAnswer | null {
  if (!answer) return null;
  const { text, tokens, cut, exact, rouge_l, chrf, loss } = answer;
  return {
    ...{ text, tokens, cut, exact, rouge_l, chrf },
    loss: loss === null || loss.tokens === 0 ? null : loss.nll / loss.tokens,
    repeats: repeated,
    checks: [],
  };
}
