import { describe, expect, test } from 'vitest';
import { lineDatasets, lineOptions, yRange, type LineScale } from '../../../src/ui/charts/line-options';
import { axisTick } from '../../../src/ui/charts/axis';

const scale: LineScale = {
  steps: 200,
  include: [0],
  bounds: [0, Infinity],
  log: false,
  small: false,
  format: (value) => value.toFixed(3),
  tick: axisTick,
  grid: true,
};
const palette = {
  font: 'sans-serif',
  surface: '#fff',
  sunk: '#eee',
  line: '#ddd',
  lineStrong: '#ccc',
  control: '#888',
  ink: '#000',
  ink2: '#333',
  ink3: '#666',
  series: '#123456',
  faint: '#12345652',
};
const series = (ys: number[]) => [{ label: 'Train', kind: 'solid' as const, points: ys.map((y, x) => ({ x, y })) }];

describe('yRange', () => {
  test('a loss axis begins at 0 and ends round above the highest point', () => {
    expect(yRange(series([1.79, 0.2]), scale)).toMatchObject({ min: 0, max: 2 });
  });

  test('an accuracy axis never passes 100', () => {
    expect(yRange(series([62, 99.7]), { ...scale, include: [100], bounds: [0, 100] })).toMatchObject({ max: 100 });
  });

  test('a log axis ends at powers of ten and overlooks what has no logarithm', () => {
    expect(yRange(series([0, 0.2, 1.79]), { ...scale, log: true, include: [] })).toMatchObject({ min: 0.1, max: 10 });
  });

  test('no points still give an axis', () => {
    const { min, max } = yRange(series([]), { ...scale, include: [] });
    expect(max).toBeGreaterThan(min);
  });
});

test('raw, smoothed and validation differ by width and dash in one hue', () => {
  const points = [{ x: 1, y: 1 }];
  const [raw, solid, dashed] = lineDatasets(
    [
      { label: 'Raw', kind: 'raw', points },
      { label: 'Train', kind: 'solid', points },
      { label: 'Validation', kind: 'dashed', points },
    ],
    palette,
    false,
  );
  expect(raw).toMatchObject({ borderWidth: 1, borderColor: palette.faint, pointRadius: 0 });
  expect(solid).toMatchObject({ borderWidth: 2, borderColor: palette.series, borderDash: [] });
  expect(dashed).toMatchObject({ borderColor: palette.series, borderDash: [6, 4], pointRadius: 3 });
});

test('ten thousand steps are thinned before they are drawn', () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({ x, y: Math.sin(x) }));
  const [dataset] = lineDatasets([{ label: 'Train', kind: 'solid', points }], palette, false);
  expect(dataset?.data.length).toBeLessThanOrEqual(2000);
});

test('nothing is animated and the axis ends at the planned steps', () => {
  const options = lineOptions(yRange(series([1]), scale), scale, palette);
  expect(options.animation).toBe(false);
  expect(options.scales?.['x']).toMatchObject({ min: 0, max: 200 });
});
