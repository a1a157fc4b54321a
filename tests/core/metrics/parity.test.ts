import { expect, test } from 'vitest';
import { run } from '../../../scripts/parity/metrics';

test('metrics equal scikit-learn, SciPy, rouge-score and sacreBLEU within 1e-9, and no section of the fixture is left out', async () => {
  const lines = await run();
  expect(lines).toHaveLength(5 + 2 + 4 + 2);
  expect(lines.filter(({ ok, difference }) => !(ok && difference <= 1e-9))).toEqual([]);
});
