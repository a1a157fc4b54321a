/** The training step and the forward pass on WebAssembly, one thread. */
import { BENCH_ROWS, BENCH_TOKENS, evenBatch, forwardOnce, Trial } from '../src/engine/bench/trial';
import { startBackend } from '../tests/helpers/tf-node';
import { loadSubject } from './model';
import { round, timesOf, type Fragment, type PartOptions, type Times } from './part';

const DROPOUT = 0.1;

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  const device = await startBackend('wasm');
  const subject = await loadSubject();
  const batch = evenBatch(subject.config, BENCH_ROWS, BENCH_TOKENS);
  const trial = new Trial(subject, { dropout: DROPOUT, seed: 1 });
  const best = async (what: string, work: () => Promise<unknown>): Promise<Times> => {
    const turns = [];
    for (let turn = 0; turn < (quick ? 2 : 4); turn++) turns.push(await timesOf(work));
    // The first one warms the caches and the compiler.
    const seconds = Math.min(...turns.slice(1).map((turn) => turn.seconds));
    const cpuSeconds = Math.min(...turns.slice(1).map((turn) => turn.cpuSeconds));
    tell(`${what}: ${seconds.toFixed(2)} s`);
    return { seconds, cpuSeconds };
  };
  const step = await best('step', () => trial.step(batch));
  const forward = await best('forward', () => forwardOnce(subject, batch));
  trial.dispose();
  return {
    device: { wasm: { name: device.description.name } },
    seconds: {
      wasm_step: round(step.seconds),
      wasm_step_cpu: round(step.cpuSeconds),
      wasm_forward: round(forward.seconds),
    },
  };
}
