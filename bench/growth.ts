/** Bytes and tensors over a long training of mixed lengths on WebGPU, with a tiny model. */
import { globals } from 'webgpu';
import { GpuLedger } from '../src/engine/bench/gpu-ledger';
import { growth } from '../src/engine/bench/growth';
import { tinyConfig, tinyEncoder, tinyWeights } from '../tests/helpers/tiny-bert';
import { startBackend } from '../tests/helpers/tf-node';
import type { Fragment, PartOptions } from './part';

export async function run({ quick, tell }: PartOptions): Promise<Fragment> {
  Object.assign(globalThis, globals);
  const ledger = new GpuLedger();
  await startBackend('webgpu');
  const config = { ...tinyConfig, layers: 1 };
  const result = await growth(tinyEncoder(tinyWeights(5, config), config), {
    from: quick ? 60 : 300,
    steps: quick ? 120 : 2000,
    tokens: config.maxPositions,
    bytes: () => ledger.counts.bytes,
    onStep(step) {
      if (step % 100 === 0) tell(`step ${step}: ${ledger.counts.bytes} bytes`);
    },
  });
  return { bytes: { growth_after_300: Number(result.growth.toFixed(4)), growth: { ...result } } };
}
