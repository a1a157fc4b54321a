/**
 * Same seed and resume, to the bit, with a tiny model on WebGPU and on WebAssembly: a training broken off after every
 * step, and a whole run (folds, baselines, final fit) broken off at every checkpoint that it left.
 */
import type { ExperimentOutcome } from '../src/core/run/experiment';
import { resumed, sameSeed } from '../src/engine/bench/same-bits';
import type { Model } from '../src/engine/models/read-model';
import { runExperiment } from '../src/engine/run/experiment';
import { differingBits, Notebook, toyInput, toyModel } from '../tests/engine/fit/toy';
import { startBackend } from '../tests/helpers/tf-node';
import type { Fragment, PartOptions } from './part';

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  const steps = quick ? 5 : 21;
  const detail: Fragment = {};
  const total = { same_seed: 0, resume: 0 };
  for (const backend of ['webgpu', 'wasm'] as const) {
    await startBackend(backend);
    const model = toyModel();
    const turn = (): Promise<void> => Promise.resolve();
    const same = await sameSeed(model, steps, turn);
    tell(`${backend}: same seed, ${same.differing} of ${same.words} words differ`);
    const resume = await resumed(model, steps, turn);
    tell(`${backend}: resumed after each of ${steps - 1} steps, ${resume.differing} of ${resume.words} words differ`);
    const runs = await resumedRuns(model, quick ? 8 : 1);
    tell(`${backend}: ${runs.runs} runs gone on with, ${runs.differing} words differ`);
    detail[backend] = {
      same_seed: { ...same },
      resume: { ...resume, resumed_after_steps: steps - 1 },
      resumed_runs: { ...runs },
    };
    total.same_seed += same.differing;
    total.resume += resume.differing + runs.differing;
  }
  return { differing_bits: { ...total, detail } };
}

/** A whole run, and one that goes on from each `every`th state it left on its way. */
async function resumedRuns(model: Model, every: number): Promise<{ runs: number; differing: number }> {
  const choices = { nEpochs: 2, batchSize: 7, dropout: 0.1 };
  const input = toyInput('full', model, { rows: 40, folds: 2, test: 6, choices });
  const { observer, checkpoints, pages } = new Notebook();
  const outcome = await runExperiment({ ...input, observer, checkpoints });
  // A fit is asked for its state at every turn; of the same step one is enough.
  const states = new Map(pages.map(({ kept }) => [`${kept.fits[0]?.part} ${kept.fits[0]?.step}`, kept]));
  const found = { runs: 0, differing: 0 };
  for (const kept of [...states.values()].filter((_, i) => i % every === 0)) {
    const again = await runExperiment({ ...input, kept: structuredClone(kept) });
    const differing = differingBits(timeless(again), timeless(outcome));
    if (!Number.isFinite(differing)) throw new Error('A run that went on came to another outcome altogether.');
    found.runs++;
    found.differing += differing;
  }
  return found;
}

/** An outcome without what a clock says. */
function timeless({ timings: _, folds, baselines, ...rest }: ExperimentOutcome): unknown {
  const still = (of: typeof folds) => of.map((fold) => ({ ...fold, seconds: 0 }));
  return { ...rest, folds: still(folds), baselines: Object.values(baselines).map(still) };
}
