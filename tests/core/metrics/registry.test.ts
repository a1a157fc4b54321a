import { expect, test } from 'vitest';
import { metricDefinition, metricsOf } from '../../../src/core/metrics/registry';

test('a metric is found by its id, and those of a task begin with accuracy', () => {
  expect(metricDefinition('macro_f1')).toMatchObject({ id: 'macro_f1', title: 'Macro-F1', name: 'macro-F1' });
  expect(metricDefinition('accuracy').id).toBe('accuracy');
  expect(metricsOf('classification').map(({ id }) => id)).toEqual(['accuracy', 'macro_f1']);
  expect(metricsOf('generation')).toEqual([]);
});

test('a share is written in per cent, and drawn from 0 to 100', () => {
  const { axis, better, format, bare } = metricDefinition('accuracy');
  expect([format(0.9314), bare(0.9314), better]).toEqual(['93.1 %', '93.1', 'higher']);
  expect(axis).toEqual({ factor: 100, unit: '%', bounds: [0, 100] });
});
