import { expect, test } from 'vitest';
import type { RunProgress } from '../../src/core/plan/run';
import { brokenOffAt } from '../../src/ui/broken-off';

test('a run that broke off says how far it was, where that is known', () => {
  expect(brokenOffAt({ progress: { progress: 0.424 } as RunProgress })).toBe('broken off at 42 %');
  expect(brokenOffAt({ progress: null })).toBe('broken off');
});
