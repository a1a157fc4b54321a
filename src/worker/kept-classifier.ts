/** A run that sorts texts as it was kept, whatever it is taken away as: its record, its models, its report, texts to prove by. */
import { AppError } from '../core/errors';
import type { ModelManifest } from '../core/models/manifest';
import type { ClassificationReport } from '../core/report/classification';
import type { Run } from '../core/run/record';
import { getReport, getRun, getWeights } from '../storage/runs';
import type { ClassifierWeights, HoneDatabase } from '../storage/schema';

export interface KeptClassifier {
  run: Run;
  weights: ClassifierWeights;
  /** Null of a run that made none. */
  report: ClassificationReport | null;
  /** Texts that the report answered, those of the test part first. */
  samples: string[];
}

/** Throws `not-found` where the run kept no model. */
export async function readKeptClassifier(database: HoneDatabase, runId: string): Promise<KeptClassifier> {
  const [run, weights, found] = await Promise.all([
    getRun(database, runId),
    getWeights(database, runId),
    getReport(database, runId),
  ]);
  if (run === null || weights === null) {
    throw new AppError('not-found', 'This run kept no model to take away. Train it to the end, or choose another run.');
  }
  const report = found?.task === 'classification' ? found : null;
  const predictions = report === null ? [] : [...(report.test?.predictions ?? []), ...report.out_of_fold.predictions];
  return { run, weights, report, samples: predictions.map(({ text }) => text) };
}

/** Throws `model-damaged` where the run stands on other weights of its first encoder than these. */
export function demandSameBase(report: ClassificationReport | null, { sha256 }: Pick<ModelManifest, 'sha256'>): void {
  if (report === null || report.model.sha256 === sha256) return;
  throw new AppError(
    'model-damaged',
    'This run was trained on other weights than this version of the model has. Train it again.',
  );
}
