import { describe, expect, test } from 'vitest';
import { rmsNorm } from '../../../src/engine/ops/rms-norm';
import { deviation, workOf } from '../../helpers/gpu-work';
import { checkOperation, randomValues } from '../../helpers/operations';
import { startBackend } from '../../helpers/tf-node';

const EPSILON = 1e-5;

checkOperation('rmsNorm', { shapes: [[5, 12], [12]], run: (x) => rmsNorm(x(0), x(1), EPSILON) });
checkOperation('rmsNorm of a sum', {
  shapes: [[3, 70], [3, 70], [70]],
  run: (x) => rmsNorm(x(0), x(2), EPSILON, x(1)),
});
checkOperation('rmsNorm of each head by itself', {
  shapes: [[3, 12], [4]],
  run: (x) => rmsNorm(x(0), x(1), EPSILON),
});

interface Sizes {
  rows: number;
  width: number;
}

const valuesOf = ({ rows, width }: Sizes) => ({
  x: randomValues(1, rows * width),
  residual: randomValues(2, rows * width),
  gamma: randomValues(3, width),
  dy: randomValues(4, rows * width),
});

function work(sizes: Sizes, withResidual: boolean, wanted?: readonly number[]) {
  const { x, residual, gamma, dy } = valuesOf(sizes);
  const shape = [sizes.rows, sizes.width];
  return workOf(
    [[x, shape], [gamma, [sizes.width]], ...(withResidual ? [[residual, shape] as const] : [])],
    dy,
    ([a, g, b]) => {
      if (!a || !g) throw new Error('Two inputs are needed.');
      return rmsNorm(a, g, EPSILON, b);
    },
    wanted,
  );
}

/** y, then dx, dγ by the definition, in float64. */
function reference(sizes: Sizes, withResidual: boolean): Float64Array[] {
  const { rows, width } = sizes;
  const { x, residual, gamma, dy } = valuesOf(sizes);
  const [y, dx, dGamma] = [new Float64Array(rows * width), new Float64Array(rows * width), new Float64Array(width)];
  const columns = Array.from({ length: width }, (_, j) => j);
  for (let start = 0; start < rows * width; start += width) {
    const z = columns.map((j) => (x[start + j] ?? NaN) + (withResidual ? (residual[start + j] ?? NaN) : 0));
    const r = 1 / Math.sqrt(z.reduce((sum, v) => sum + v * v, 0) / width + EPSILON);
    const g = columns.map((j) => (dy[start + j] ?? NaN) * (gamma[j] ?? NaN));
    const along = g.reduce((sum, v, j) => sum + v * (z[j] ?? NaN) * r, 0) / width;
    for (const j of columns) {
      const hat = (z[j] ?? NaN) * r;
      y[start + j] = hat * (gamma[j] ?? NaN);
      dx[start + j] = r * ((g[j] ?? NaN) - hat * along);
      dGamma[j] = (dGamma[j] ?? NaN) + (dy[start + j] ?? NaN) * hat;
    }
  }
  return [y, dx, dGamma];
}

describe.each(['webgpu', 'wasm'] as const)('rmsNorm on %s', (backend) => {
  test.each([
    { rows: 1, width: 1 },
    { rows: 2, width: 65 },
    { rows: 37, width: 576, withResidual: true },
    { rows: 3, width: 1999, withResidual: true },
    { rows: 65_536, width: 3 },
    { rows: 70_001, width: 3, withResidual: true },
  ])('is the definition in float64: $rows × $width, residual $withResidual', async (sizes) => {
    await startBackend(backend);
    const { value, gradients } = await work(sizes, sizes.withResidual ?? false);
    const [y, dx, dGamma] = reference(sizes, sizes.withResidual ?? false);
    const none = new Float64Array();
    expect(deviation(value, y ?? none)).toBeLessThan(1e-5);
    expect(deviation(gradients[0] ?? new Float32Array(), dx ?? none)).toBeLessThan(1e-4);
    expect(deviation(gradients[1] ?? new Float32Array(), dGamma ?? none)).toBeLessThan(1e-4);
    if (sizes.withResidual) expect(gradients[2]).toEqual(gradients[0]);
  });

  test('no rows: empty result, the gradient of γ is zero', async () => {
    await startBackend(backend);
    const { value, gradients } = await work({ rows: 0, width: 3 }, false);
    expect(value).toHaveLength(0);
    expect(gradients.map((gradient) => [...gradient])).toEqual([[], [0, 0, 0]]);
  });

  test('the same input gives the same bits', async () => {
    await startBackend(backend);
    expect(await work({ rows: 700, width: 100 }, true)).toEqual(await work({ rows: 700, width: 100 }, true));
  });
});

test.each([false, true])('is one dispatch forward and two backward on WebGPU, residual %s', async (withResidual) => {
  await startBackend('webgpu');
  const { dispatches } = await work({ rows: 6, width: 576 }, withResidual);
  expect(dispatches).toEqual({ forward: 1, backward: 2 });
});

test('a frozen γ costs no dispatch and changes no bit', async () => {
  for (const backend of ['webgpu', 'wasm'] as const) {
    await startBackend(backend);
    const sizes = { rows: 6, width: 576 };
    const [all, some] = [await work(sizes, true), await work(sizes, true, [0, 2])];
    expect(some.gradients).toEqual([all.gradients[0], all.gradients[2]]);
    if (backend === 'webgpu') expect(some.dispatches).toEqual({ forward: 1, backward: 1 });
  }
});
