/** What a run of written answers tells while it works, handed to the recorder of runs: its rows, its folds, its probes. */
import type { GenerationObserver, TrainedAdapter } from '../core/run/generation';
import type { ProbeAnswers, Probes } from '../core/run/probes';
import type { AnsweredRow, GenerationFold } from '../core/run/generation-outcome';
import type { PlanEstimate } from '../core/run/estimate';
import type { CurvePoint, FoldResult, RunProgress } from '../core/run/record';
import { fixed, formatPercent } from '../core/words/numbers';
import { saveRows, saveWrittenFold } from '../storage/generation';
import type { HoneDatabase } from '../storage/schema';
import type { RunRecorder } from './run-recorder';

export class WriteRecorder implements GenerationObserver {
  readonly #recorder: RunRecorder;
  readonly #database: HoneDatabase;
  readonly #runId: string;
  readonly #rows = new Map<number, AnsweredRow>();
  #probes: Probes;

  /** `known`: rows and probes that were told before. */
  constructor(
    recorder: RunRecorder,
    { database, runId }: { database: HoneDatabase; runId: string },
    known: { rows: readonly AnsweredRow[]; probes: Probes },
  ) {
    this.#recorder = recorder;
    this.#database = database;
    this.#runId = runId;
    this.#probes = known.probes;
    for (const row of known.rows) this.#rows.set(row.row, row);
  }

  onProgress(progress: Partial<RunProgress>): void {
    this.#recorder.onProgress(progress);
  }

  onEstimate(estimate: PlanEstimate): void {
    this.#recorder.onEstimate(estimate);
  }

  onPoint(point: CurvePoint): void {
    this.#recorder.onPoint(point);
  }

  onLog(message: string): void {
    this.#recorder.onLog(message);
  }

  onProbes(answers: ProbeAnswers): void {
    const others = this.#probes.answers.filter(({ fold, epoch }) => fold !== answers.fold || epoch !== answers.epoch);
    this.#probes = { ...this.#probes, answers: [...others, answers] };
    this.#recorder.tellProbes(this.#probes);
  }

  onRows(rows: readonly AnsweredRow[]): void {
    for (const row of rows) this.#rows.set(row.row, row);
    this.#recorder.later(() => saveRows(this.#database, this.#runId, rows));
  }

  onWrittenFold(outcome: GenerationFold, adapter: TrainedAdapter): void {
    const { fold, steps, epochs, bestEpoch, seconds } = outcome;
    const metrics = scoresOf([...this.#rows.values()].filter((row) => row.fold === fold));
    const result: FoldResult = { fold, metrics, steps, epochs, bestEpoch, seconds };
    const share =
      metrics.token_accuracy === undefined
        ? ''
        : `, ${formatPercent(metrics.token_accuracy)} of its tokens the first choice`;
    const loss = metrics.loss === undefined ? 'no answers' : `${fixed(metrics.loss, 3)} loss a token${share}`;
    const entry = this.#recorder.foldDone(result, `Held-out rows of part ${fold + 1}: ${loss}.`);
    const write = (
      change: Parameters<typeof saveWrittenFold>[3],
      more: { model: TrainedAdapter | null; curve: Parameters<typeof saveWrittenFold>[4]['curve'] },
    ) => saveWrittenFold(this.#database, this.#runId, outcome, change, { adapter: more.model, curve: more.curve });
    this.#recorder.keepFold({ fold, own: true, model: adapter, write }, () => this.#recorder.tellFold(result, entry));
  }
}

/** What the wanted answers of some rows cost the tuned model, over all their tokens. */
function scoresOf(rows: readonly AnsweredRow[]): FoldResult['metrics'] {
  const losses = rows.flatMap(({ losses: { tuned } }) => tuned ?? []);
  const tokens = losses.reduce((sum, loss) => sum + loss.tokens, 0);
  if (tokens === 0) return {};
  const loss = losses.reduce((sum, { nll }) => sum + nll, 0) / tokens;
  return {
    loss,
    perplexity: Math.exp(loss),
    token_accuracy: losses.reduce((sum, { right }) => sum + right, 0) / tokens,
  };
}
