/** Records of a bundle are held to what the page draws of them. */
import { expect, test } from 'vitest';
import { parseRun, RecordFault } from '../../../../src/core/export/bundle/records';
import { sampleRun } from '../../../helpers/run';

test('a time is one that there is a date for: no list of runs could be drawn with another', () => {
  const run = { ...sampleRun('r', { state: 'succeeded' }), log: [{ at: 1, level: 'info', message: 'Fold 1 done.' }] };
  expect(parseRun(run)).toBe(run);
  for (const at of [8.64e15 + 1, -1, NaN, '2026-11-28']) {
    expect(() => parseRun({ ...run, createdAt: at })).toThrow(new RecordFault('createdAt is not as it should be'));
    expect(() => parseRun({ ...run, updatedAt: at })).toThrow('updatedAt is not as it should be');
    expect(() => parseRun({ ...run, log: [{ ...run.log[0], at }] })).toThrow('log.0.at is not as it should be');
  }
});
