/**
 * Floating-point operations that a report takes, counted from its batches, and how many a run without the frozen
 * prefix would take: every layer of every text at every epoch of every fold.
 */
import { STEP_FACTOR } from '../src/core/models/counts';
import { countsOf } from '../src/engine/models/encoder';
import { loadModel } from '../src/engine/models/read-model';
import { createCorpus } from '../src/engine/tasks/classification/corpus';
import { workloadOf } from '../src/engine/run/workload';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';
import { round, type Fragment, type PartOptions } from './part';
import { toyRun } from './toy-run';

const ROWS = 1000;
const FOLDS = 5;

export async function run({ tell }: PartOptions): Promise<Fragment> {
  await startBackend('wasm');
  const model = await loadModel(builtInModel());
  const result: Fragment = { rows: ROWS, folds: FOLDS };
  for (const method of ['features', 'few-examples', 'top-layers', 'full'] as const) {
    const { data, plan } = toyRun(model, { rows: ROWS, folds: FOLDS, method });
    const loads = workloadOf(createCorpus(data, null), plan.settings, countsOf(model), FOLDS);
    const executed = loads.reduce((sum, { forward, training }) => sum + forward.flops + training.flops, 0);
    // A frozen layer would be run forward at every training pass again.
    const { layers } = model.config;
    const trained = method === 'top-layers' ? plan.settings.layers : layers;
    const again =
      loads.reduce((sum, { training }) => sum + training.flops / STEP_FACTOR, 0) * ((layers - trained) / trained);
    tell(`${method}: ${executed.toExponential(2)} operations`);
    result[method] = { report: round(executed), report_without_prefix: round(executed + again) };
  }
  return { flops: result };
}
