/** PyTorch's times for the same shapes, where a Python with torch is at hand (PYTHON, else python3); null where not. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BENCH_TOKENS } from '../src/engine/bench/trial';
import { round, type Fragment, type PartOptions } from './part';

const program = fileURLToPath(new URL('./pytorch.py', import.meta.url));

interface Times {
  version: string;
  one_thread: { forward: number; step: number };
  all_threads: { forward: number; step: number };
}

export async function run({ tell }: PartOptions): Promise<Fragment> {
  const times = await ask();
  if (times === null) {
    tell('no Python with torch');
    return { pytorch: null };
  }
  const { version, one_thread: one, all_threads: all } = times;
  tell(`torch ${version}: step ${one.step.toFixed(2)} s on one thread`);
  return {
    pytorch: { version, tokens: BENCH_TOKENS },
    seconds: {
      pytorch_step_one_thread: round(one.step),
      pytorch_forward_one_thread: round(one.forward),
      pytorch_step_all_threads: round(all.step),
      pytorch_forward_all_threads: round(all.forward),
    },
  };
}

async function ask(): Promise<Times | null> {
  try {
    const { stdout } = await promisify(execFile)(process.env['PYTHON'] ?? 'python3', [program, String(BENCH_TOKENS)]);
    const times: Times = JSON.parse(stdout);
    return times;
  } catch {
    return null;
  }
}
