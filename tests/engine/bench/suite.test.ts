import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { runSuite } from '../../../src/engine/bench/suite';
import { startBackend } from '../../helpers/tf-node';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';

const turn = (): Promise<void> => Promise.resolve();

describe.each(['wasm', 'webgpu'] as const)('%s', (backend) => {
  test('measures every figure that the device has, tells as it goes, and leaves no tensor', async () => {
    const { description } = await startBackend(backend);
    const config = { ...tinyConfig, layers: 3 };
    const subject = tinyEncoder(tinyWeights(5, config), config);
    const before = tf.memory().numTensors;
    const told: string[] = [];
    const tell = (doing: string): void => void told.push(doing);
    const result = await runSuite(subject, { device: description, browser: 'Node', model: 'tiny', tell, turn });
    expect(tf.memory().numTensors).toBe(before);
    expect(told).toContain('Training step, 3 of 3');
    expect(result.seconds.step).toBeGreaterThan(0);
    expect(result.top_layers).toMatchObject({ layers: 2, seconds: expect.any(Number) });
    expect(result.gflops).toBeGreaterThan(0);
    expect(result.differing_bits).toEqual({ same_seed: 0, resume: 0 });
    expect(result.bytes.growth).toBeLessThan(1.5);
    const onGpu = backend === 'webgpu';
    expect(typeof result.dispatches.step).toBe(onGpu ? 'number' : 'object');
    if (onGpu) {
      expect(result.dispatches.step).toBeGreaterThan(result.dispatches.forward ?? NaN);
      expect(result.top_layers.dispatches).toBeLessThan(result.dispatches.step ?? NaN);
      expect(result.top_layers.peak_bytes).toBeGreaterThan(0);
      // Attention keeps no probabilities, which are most of what such small layers are counted with.
      expect(result.bytes.peak_ratio).toBeGreaterThan(0.2);
    } else expect(result.bytes.peak).toBeNull();
  });

  test('ends at once when it is told to', async () => {
    const { description } = await startBackend(backend);
    const subject = tinyEncoder(tinyWeights(5));
    const before = tf.memory().numTensors;
    let turns = 0;
    const stop = (): Promise<void> => (++turns > 2 ? Promise.reject(new Error('Stopped.')) : Promise.resolve());
    const options = { device: description, browser: '', model: '', tell: () => undefined, turn: stop };
    await expect(runSuite(subject, options)).rejects.toThrow('Stopped.');
    expect(tf.memory().numTensors).toBe(before);
  });
});
