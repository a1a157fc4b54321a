import { beforeAll, expect, test } from 'vitest';
import type { Method } from '../../../src/core/plan/settings';
import { createCorpus } from '../../../src/engine/train/corpus';
import { estimateParts } from '../../../src/engine/train/estimate';
import { toyInput, toyModel } from './toy';
import { startBackend } from '../../helpers/tf-node';

beforeAll(() => startBackend('wasm'));

test('every part of the plan has an estimate, and what trains more takes longer', () => {
  const model = toyModel();
  const foldMs = (method: Method): number => {
    const { data, plan } = toyInput(method, model);
    const parts = estimateParts(createCorpus(data, null), plan.settings, model.config, plan.folds);
    expect(parts.map(({ key }) => key)).toEqual([
      'features',
      'baselines',
      'prefix',
      'fold 0',
      'fold 1',
      'fold 2',
      'final',
      'test',
    ]);
    for (const { estimateMs } of parts) expect(estimateMs).toBeGreaterThanOrEqual(0);
    return parts.find(({ key }) => key === 'fold 0')?.estimateMs ?? NaN;
  };
  expect(foldMs('top-layers')).toBeGreaterThan(0);
  expect(foldMs('full')).toBeGreaterThan(foldMs('top-layers'));
});
