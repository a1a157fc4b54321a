import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience, silentFor } from '../../../src/engine/threads/patience';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a thread that says nothing is given up after a minute, once', () => {
  const giveUp = vi.fn();
  new Patience().wait(giveUp);
  vi.advanceTimersByTime(59_999);
  expect(giveUp).not.toHaveBeenCalled();
  vi.advanceTimersByTime(3_600_000);
  expect(giveUp.mock.calls).toEqual([[60_000]]);
  expect(silentFor(60_000)).toBe('it did not answer for 60 s.');
});

test('where threads are slow, it is waited for twenty times the longest they needed', () => {
  const patience = new Patience();
  const giveUp = vi.fn();
  for (const ms of [2000, 30_000, 10]) patience.saw(ms);
  patience.wait(giveUp);
  vi.advanceTimersByTime(599_000);
  expect(giveUp).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(giveUp).toHaveBeenCalledTimes(1);
});

test('a word ends the wait', () => {
  const giveUp = vi.fn();
  const heard = new Patience().wait(giveUp);
  vi.advanceTimersByTime(50_000);
  heard();
  vi.advanceTimersByTime(3_600_000);
  expect(giveUp).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a machine that was asleep, whose timer is overdue when it wakes, gives nobody up for that', () => {
  const giveUp = vi.fn();
  new Patience().wait(giveUp);
  // However long it slept, a timer that comes again and again is late once.
  vi.advanceTimersToNextTimer();
  expect(giveUp).not.toHaveBeenCalled();
  for (let turn = 0; turn < 18; turn++) vi.advanceTimersToNextTimer();
  expect(giveUp).not.toHaveBeenCalled();
  vi.advanceTimersToNextTimer();
  expect(giveUp).toHaveBeenCalledTimes(1);
});
