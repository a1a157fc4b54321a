import { expect, test } from 'vitest';
import { isDeviceFault, Revivals } from '../../../src/core/run/revival';

test('three times in ten minutes, then no more, until the first is ten minutes old', () => {
  let now = 0;
  const revivals = new Revivals(() => now);
  const asked = [0, 1, 2, 3, 9.9, 10, 10.5, 11.1].map((minutes) => {
    now = minutes * 60_000;
    return revivals.allow();
  });
  expect(asked).toEqual([true, true, true, false, false, true, false, true]);
});

test('a device that broke down may work again; wrong data or a person’s cancel are no faults of a device', () => {
  expect((['device-lost', 'gpu-error', 'out-of-memory'] as const).every(isDeviceFault)).toBe(true);
  expect((['cancelled', 'data-unusable', 'non-finite', 'device-wrong', 'internal'] as const).some(isDeviceFault)).toBe(
    false,
  );
});
