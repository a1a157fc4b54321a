import { expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

test('under 10 rows is blocking, under 40 a warning, 40 are enough', () => {
  expect(findingOf('few-rows', [])?.title).toBe('Training file has 0 examples, but must have at least 10 examples');
  expect(findingOf('few-rows', many(1, 'a'))?.title).toContain('1 example,');
  expect(findingOf('few-rows', many(9, 'a'))?.severity).toBe('blocking');
  expect(findingOf('few-rows', many(10, 'a'))?.severity).toBe('warning');
  expect(findingOf('few-rows', many(40, 'a'))).toBeUndefined();
});

test('five written answers can be trained, with a warning that they will be learned by heart', () => {
  const of = (count: number) => findingOf('few-rows', many(count, 'a'), { task: 'generation' });
  expect(of(4)).toMatchObject({
    severity: 'blocking',
    title: expect.stringContaining('at least 5 examples') as string,
  });
  expect(of(5)).toMatchObject({ severity: 'warning', detail: expect.stringContaining('by heart') as string });
  expect(of(10)?.detail).toContain('chance');
});
