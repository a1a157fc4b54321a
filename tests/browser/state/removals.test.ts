import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Removals } from '../../../src/state/removals.svelte';
import { TOAST_MS, Toasts } from '../../../src/state/toasts.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const toasts = new Toasts();
  return { toasts, removals: new Removals(toasts), forGood: vi.fn(() => Promise.resolve()) };
}

test('what is removed is hidden at once and deleted when Undo is no longer offered', () => {
  const { toasts, removals, forGood } = setUp();
  removals.remove('a', 'Deleted «a».', forGood);
  expect(removals.isHidden('a')).toBe(true);
  expect(toasts.list.map(({ message }) => message)).toEqual(['Deleted «a».']);
  vi.advanceTimersByTime(TOAST_MS - 1);
  expect(forGood).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(forGood).toHaveBeenCalledOnce();
  expect(toasts.list).toEqual([]);
});

test('Undo brings it back, and nothing is deleted', () => {
  const { toasts, removals, forGood } = setUp();
  removals.remove('a', 'Deleted «a».', forGood);
  toasts.list[0]?.action?.run();
  expect(removals.isHidden('a')).toBe(false);
  expect(toasts.list).toEqual([]);
  vi.advanceTimersByTime(2 * TOAST_MS);
  expect(forGood).not.toHaveBeenCalled();
});

test('what comes in again while Undo is offered is kept, and its toast goes', () => {
  const { toasts, removals, forGood } = setUp();
  removals.remove('a', 'Deleted «a».', forGood);
  removals.keep('b');
  expect(removals.isHidden('a')).toBe(true);
  removals.keep('a');
  expect(removals.isHidden('a')).toBe(false);
  expect(toasts.list).toEqual([]);
  vi.advanceTimersByTime(2 * TOAST_MS);
  expect(forGood).not.toHaveBeenCalled();
});

test('removing another deletes the first for good, with its toast', () => {
  const { toasts, removals, forGood } = setUp();
  const second = vi.fn(() => Promise.resolve());
  removals.remove('a', 'Deleted «a».', forGood);
  removals.remove('b', 'Deleted «b».', second);
  expect(forGood).toHaveBeenCalledOnce();
  expect(second).not.toHaveBeenCalled();
  expect(toasts.list.map(({ message }) => message)).toEqual(['Deleted «b».']);
});

test('a deletion that failed shows the thing again, and why', async () => {
  const { toasts, removals } = setUp();
  removals.remove('a', 'Deleted «a».', () => Promise.reject(new Error('disk gone')));
  await vi.advanceTimersByTimeAsync(TOAST_MS);
  expect(removals.isHidden('a')).toBe(false);
  expect(toasts.list.map(({ message }) => message)).toEqual(['disk gone']);
});
