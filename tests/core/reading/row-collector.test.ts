import { expect, test } from 'vitest';
import { MAX_ROWS, RowCollector } from '../../../src/core/reading/row-collector';
import { AppError } from '../../../src/core/errors';

test('a file of more rows than a page can hold is refused with the line and what to do', () => {
  const collector = new RowCollector(undefined);
  const record = { text: 'x', label: 'a' };
  for (let line = 1; line <= MAX_ROWS; line++) collector.record(record, line, 20);
  expect(() => collector.record(record, MAX_ROWS + 1, 20)).toThrow(AppError);
  expect(() => collector.record(record, MAX_ROWS + 1, 20)).toThrow(/more than 2,000,000 rows \(line 2000001/);
});
