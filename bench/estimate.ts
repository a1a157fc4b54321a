/** The estimate that is made before a run, against what the run then takes: whole runs on WebAssembly. */
import type { PlanEstimate } from '../src/core/run/estimate';
import { loadModel } from '../src/engine/models/read-model';
import { runExperiment } from '../src/engine/run/experiment';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';
import { round, timesOf, type Fragment, type PartOptions } from './part';
import { toyRun, type ToyRun } from './toy-run';

/** Long enough that the warm-up is a small part of it. */
const RUNS: Record<string, ToyRun> = {
  features: { rows: 200, folds: 3, method: 'features' },
  top_layers: {
    rows: 96,
    folds: 3,
    method: 'top-layers',
    choices: { layers: 1, nEpochs: 2, earlyStoppingPatience: 0 },
  },
  everything: { rows: 64, folds: 2, method: 'full', choices: { nEpochs: 2, earlyStoppingPatience: 0 } },
};

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  await startBackend('wasm');
  const model = await loadModel(builtInModel());
  const result: Fragment = {};
  for (const [name, plan] of Object.entries(RUNS)) {
    if (quick && name === 'everything') continue;
    const estimates: PlanEstimate[] = [];
    const input = toyRun(model, plan);
    const observer = { ...input.observer, onEstimate: (made: PlanEstimate) => void estimates.push(made) };
    const { seconds } = await timesOf(() => runExperiment({ ...input, observer, measured: true }));
    const [estimate] = estimates;
    if (!estimate) throw new Error('No estimate was made.');
    const estimated = estimate.totalMs / 1000;
    tell(`${name}: estimated ${estimated.toFixed(1)} s, took ${seconds.toFixed(1)} s`);
    result[name] = { estimated: round(estimated), took: round(seconds), ratio: round(estimated / seconds) };
  }
  return { estimate: result };
}
