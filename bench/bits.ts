/** Same seed and resume, to the bit, with a tiny model on WebGPU and on WebAssembly. */
import { resumed, sameSeed } from '../src/engine/bench/same-bits';
import { tinyConfig, tinyWeights } from '../tests/helpers/tiny-bert';
import { startBackend } from '../tests/helpers/tf-node';
import type { Fragment, PartOptions } from './part';

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  const steps = quick ? 5 : 21;
  const detail: Fragment = {};
  const at = (what: string) => {
    let done = 0;
    return (): Promise<void> => {
      if (++done % 100 === 0) tell(`${what}, step ${done}`);
      return Promise.resolve();
    };
  };
  const total = { same_seed: 0, resume: 0 };
  for (const backend of ['webgpu', 'wasm'] as const) {
    await startBackend(backend);
    const subject = { config: tinyConfig, weights: tinyWeights(5) };
    const same = await sameSeed(subject, steps, at(`${backend}: same seed`));
    tell(`${backend}: same seed, ${same.differing} of ${same.words} words differ`);
    const resume = await resumed(subject, steps, at(`${backend}: resume`));
    tell(`${backend}: resume, ${resume.differing} of ${resume.words} words differ`);
    detail[backend] = { same_seed: { ...same }, resume: { ...resume }, resumed_at_each_of_steps: steps - 1 };
    total.same_seed += same.differing;
    total.resume += resume.differing;
  }
  return { differing_bits: { ...total, detail } };
}
