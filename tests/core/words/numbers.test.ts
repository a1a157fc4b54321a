import { describe, expect, test } from 'vitest';
import {
  fixed,
  formatAbout,
  formatAmount,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatPoints,
} from '../../../src/core/words/numbers';

describe('figures as a person reads them', () => {
  test('shares are percentages with one decimal', () => {
    expect([0.931, 0, 1, 0.00049].map((share) => formatPercent(share))).toEqual([
      '93.1 %',
      '0.0 %',
      '100.0 %',
      '0.0 %',
    ]);
    expect(formatPercent(0.876, 0)).toBe('88 %');
  });

  test('differences carry a sign, nought none, and a minus is a minus', () => {
    expect([0.031, -0.02, 0, 0.0004, -0.0004].map((points) => formatPoints(points))).toEqual([
      '+3.1',
      '−2.0',
      '0.0',
      '0.0',
      '0.0',
    ]);
    expect(fixed(-0.01, 1)).toBe('0.0');
    expect(fixed(-1.25, 2)).toBe('−1.25');
  });

  test('a duration takes the units that it needs, and 60 seconds are a minute', () => {
    const cases: [number, string][] = [
      [400, '0.4 s'],
      [9_940, '9.9 s'],
      [9_960, '10 s'],
      [12_400, '12 s'],
      [59_600, '1 min 00 s'],
      [221_000, '3 min 41 s'],
      [3_599_700, '1 h 00 min'],
      [3_900_000, '1 h 05 min'],
      [-5, '0.0 s'],
    ];
    for (const [elapsedMs, words] of cases) expect(formatDuration(elapsedMs)).toBe(words);
  });

  test('a guess is rounded as a guess', () => {
    const cases: [number, string][] = [
      [2_000, 'A few seconds'],
      [41_000, 'About 40 s'],
      [58_000, 'About 1 min'],
      [540_000, 'About 9 min'],
      [5_400_000, 'About 90 min'],
      [9_000_000, 'About 2.5 h'],
    ];
    for (const [elapsedMs, words] of cases) expect(formatAbout(elapsedMs)).toBe(words);
  });

  test('sizes count in thousands, as disks do', () => {
    const cases: [number, string][] = [
      [0, '0 bytes'],
      [1, '1 byte'],
      [999, '999 bytes'],
      [1_500, '1.5 kB'],
      [45_130_752, '45 MB'],
      [999_700, '1.0 MB'],
      [1_200_000_000, '1.2 GB'],
    ];
    for (const [bytes, words] of cases) expect(formatBytes(bytes)).toBe(words);
  });

  test('counts are grouped and agree with their noun', () => {
    expect(formatCount(1240)).toBe('1,240');
    expect(formatAmount(1, 'row')).toBe('1 row');
    expect(formatAmount(0, 'class', 'classes')).toBe('0 classes');
  });
});
