import { expect, test } from 'vitest';
import { metricDefinition, type MetricId, metricsOf } from '../../../src/core/metrics/registry';

test('a metric is found by its id, and those of a task begin with accuracy', () => {
  expect(metricDefinition('macro_f1')).toMatchObject({ id: 'macro_f1', title: 'Macro-F1', name: 'macro-F1' });
  expect(metricDefinition('accuracy').id).toBe('accuracy');
  expect(metricsOf('classification').map(({ id }) => id)).toEqual(['accuracy', 'macro_f1']);
});

test('written answers have metrics of their own, and none of them is one of classification', () => {
  const ids = metricsOf('generation').map(({ id }) => id);
  expect(ids).toEqual(['loss', 'perplexity', 'token_accuracy', 'exact_match', 'rouge_l', 'chrf']);
  expect(metricsOf('generation').map(({ better }) => better)).toEqual([
    ...['lower', 'lower'],
    ...['higher', 'higher', 'higher', 'higher'],
  ]);
});

test('a metric of written answers is written as its tools write it', () => {
  const format = (id: MetricId, value: number): string => metricDefinition(id).format(value);
  expect(format('loss', 2.3149)).toBe('2.31');
  expect(format('perplexity', 10.14)).toBe('10.1');
  expect(format('exact_match', 0.609)).toBe('60.9 %');
  expect(format('rouge_l', 0.883)).toBe('88.3');
  expect(format('chrf', 90.24)).toBe('90.2');
  expect(metricDefinition('chrf').axis.factor).toBe(1);
  expect(metricDefinition('rouge_l').axis.factor).toBe(100);
});

test('a share is written in per cent, and drawn from 0 to 100', () => {
  const { axis, better, format, bare } = metricDefinition('accuracy');
  expect([format(0.9314), bare(0.9314), better]).toEqual(['93.1 %', '93.1', 'higher']);
  expect(axis).toEqual({ factor: 100, unit: '%', bounds: [0, 100] });
});
