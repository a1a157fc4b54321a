import { describe, expect, test } from 'vitest';
import { run } from '../../../scripts/parity/metrics';

const lines = await run();

describe('metrics equal scikit-learn and SciPy within 1e-9', () => {
  test.each(lines)('$name', (line) => {
    expect(line.difference).toBeLessThanOrEqual(1e-9);
    expect(line.ok).toBe(true);
  });

  test('no section of the fixture was left out', () => {
    expect(lines).toHaveLength(5 + 2 + 4);
  });
});
