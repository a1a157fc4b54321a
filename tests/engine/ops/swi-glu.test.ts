import { describe, expect, test } from 'vitest';
import { swiGlu } from '../../../src/engine/ops/swi-glu';
import { deviation, workOf } from '../../helpers/gpu-work';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

checkOperation('swiGlu', {
  shapes: [
    [3, 7],
    [3, 7],
  ],
  run: (x) => swiGlu(x(0), x(1)),
});

describe.each(['webgpu', 'wasm'] as const)('swiGlu on %s', (backend) => {
  test('is the definition in float64, far from zero too; one dispatch each way', async () => {
    await startBackend(backend);
    const shape = [5, 61];
    const gate = randomValues(1, 305).map((x) => 100 * x ** 3);
    const [up, dy] = [randomValues(2, 305), randomValues(3, 305)];
    const { value, gradients, dispatches } = await workOf(
      [
        [gate, shape],
        [up, shape],
      ],
      dy,
      ([a, b]) => {
        if (!a || !b) throw new Error('Two inputs are needed.');
        return swiGlu(a, b);
      },
    );
    const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
    const each = (make: (g: number, u: number, d: number) => number): Float64Array =>
      Float64Array.from(gate, (g, i) => make(g, up[i] ?? NaN, dy[i] ?? NaN));
    const slope = (g: number): number => logistic(g) * (1 + g * (1 - logistic(g)));
    const none = new Float32Array();
    expect(
      deviation(
        value,
        each((g, u) => g * logistic(g) * u),
      ),
    ).toBeLessThan(1e-5);
    expect(
      deviation(
        gradients[0] ?? none,
        each((g, u, d) => d * u * slope(g)),
      ),
    ).toBeLessThan(1e-5);
    expect(
      deviation(
        gradients[1] ?? none,
        each((g, _, d) => d * g * logistic(g)),
      ),
    ).toBeLessThan(1e-5);
    expect(dispatches).toEqual(backend === 'webgpu' ? { forward: 1, backward: 1 } : { forward: 0, backward: 0 });
  });
});
