/** Same seed and resume, to the bit, with a tiny model on WebGPU and on WebAssembly. */
import { resumed, sameSeed } from '../src/engine/bench/same-bits';
import { tinyConfig, tinyWeights } from '../tests/helpers/tiny-bert';
import { startBackend } from '../tests/helpers/tf-node';
import type { Fragment, PartOptions } from './part';

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  const steps = quick ? 5 : 21;
  const detail: Fragment = {};
  const total = { same_seed: 0, resume: 0 };
  for (const backend of ['webgpu', 'wasm'] as const) {
    await startBackend(backend);
    const subject = { config: tinyConfig, weights: tinyWeights(5) };
    const same = await sameSeed(subject, steps);
    tell(`${backend}: same seed, ${same.differing} of ${same.words} words differ`);
    const resume = await resumed(subject, steps, (step) => {
      if (step % 5 === 0) tell(`${backend}: resumed after step ${step}`);
    });
    tell(`${backend}: resume, ${resume.differing} of ${resume.words} words differ`);
    detail[backend] = { same_seed: { ...same }, resume: { ...resume }, resumed_at_each_of_steps: steps - 1 };
    total.same_seed += same.differing;
    total.resume += resume.differing;
  }
  return { differing_bits: { ...total, detail } };
}
