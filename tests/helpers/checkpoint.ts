/** The state of a small fit, every number of it a different one. */
import type { FitState } from '../../src/core/run/checkpoint';

export function sampleFit(change: Partial<FitState> = {}): FitState {
  const values = (from: number, length: number): Float32Array => Float32Array.from({ length }, (_, i) => from + i / 7);
  return {
    part: 'fold 1',
    fold: 1,
    step: 12,
    looked: 10,
    over: false,
    points: 14,
    workedMs: 1234.5,
    weights: new Map([
      ['head.weight', { shape: [3, 2], values: values(1, 6) }],
      ['head.bias', { shape: [2], values: values(2, 2) }],
    ]),
    optimizer: {
      step: 12,
      moments: new Map([
        ['head.weight', { first: values(3, 6), second: values(4, 6) }],
        ['head.bias', { first: values(5, 2), second: values(6, 2) }],
      ]),
    },
    best: new Map([['head.bias', { shape: [2], values: values(7, 2) }]]),
    watched: { bestLoss: 0.1 + 0.2, bestStep: 6, bestEpoch: 0.5 },
    stepTokens: 2048,
    divergence: { smoothLoss: 0.7, bestLoss: 1 / 3, setbacks: 1, rateFactor: 0.5 },
    ...change,
  };
}
