import { afterEach, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { RunControl } from '../../../src/core/run/experiment';
import { nextTurn, Pace } from '../../../src/engine/fit/pace';
import { CONTINUE, stopAfter } from './toy';

test('a turn lets a waiting message through', async () => {
  const seen: string[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => seen.push('message');
  port2.postMessage(null);
  for (let i = 0; i < 5 && seen.length === 0; i++) await nextTurn();
  port1.close();
  expect(seen).toEqual(['message']);
});

test('once stopped it stays stopped, except for what finishes', async () => {
  const pace = new Pace(stopAfter(1));
  expect(await pace.goOn()).toBe(true);
  expect(await pace.goOn()).toBe(false);
  expect(await pace.goOn()).toBe(false);
  expect(pace.stopped).toBe(true);
  expect(await pace.goOn(true)).toBe(true);
});

test('a cancel gets through also while finishing', async () => {
  const pace = new Pace({ checkpoint: () => Promise.reject(new AppError('cancelled', 'Cancelled.')) });
  await expect(pace.goOn(true)).rejects.toMatchObject({ code: 'cancelled' });
});

/** The clock of the page, ahead of itself by as much as is said. */
function aheadClock(): { skip(ms: number): void } {
  const now = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  return { skip: (ms) => void (ahead += ms) };
}
afterEach(() => vi.restoreAllMocks());

test('time spent paused is not counted as worked', async () => {
  const clock = aheadClock();
  const pace = new Pace({ checkpoint: () => (clock.skip(3_600_000), Promise.resolve('continue')) });
  await pace.goOn();
  expect(pace.workedMs).toBeLessThan(3_600_000);
});

test('a long computation is cut into turns and can be stopped within', async () => {
  let ms = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => ms);
  function* busy(steps: number): Generator<void, string, void> {
    for (let step = 0; step < steps; step++) {
      ms += 10;
      yield;
    }
    return 'done';
  }
  const control = stopAfter(Infinity);
  expect(await new Pace(control).drive(busy(20))).toBe('done');
  expect(control.looks()).toBe(6);
  expect(await new Pace(stopAfter(1)).drive(busy(500))).toBeNull();
  expect(await new Pace(CONTINUE).drive(busy(0))).toBe('done');
});

test('what the device reports is thrown', () => {
  const lost = new AppError('device-lost', 'Lost.');
  const pace = new Pace(CONTINUE, {
    check: () => {
      throw lost;
    },
  });
  expect(() => pace.checkDevice()).toThrow(lost);
});

test('a fit is kept after the messages were let in and before the question that may wait, until it is over', async () => {
  const order: string[] = [];
  const control: RunControl = { checkpoint: () => (order.push('asked'), Promise.resolve('continue')) };
  const pace = new Pace(control);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    order.push('message');
    port1.close();
  };
  pace.keepWith(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push('kept');
  });
  port2.postMessage(null);
  await new Promise((resolve) => setImmediate(resolve));
  await pace.goOn();
  pace.keepWith(null);
  await pace.goOn();
  expect(order).toEqual(['message', 'kept', 'asked', 'asked']);
});

test('what works beside stands still before a pause, also one that came while something was kept', async () => {
  const order: string[] = [];
  let paused = false;
  const pace = new Pace({
    pausing: () => Promise.resolve(paused),
    checkpoint: () => {
      order.push('asked');
      paused = false;
      return Promise.resolve('continue');
    },
  });
  pace.workBeside({
    look: () => void order.push('look'),
    turn: (holding) => Promise.resolve(void order.push(holding ? 'held' : 'turn')),
    go: (stopped) => void order.push(stopped ? 'stopped' : 'go'),
  });
  await pace.goOn();
  pace.keepWith((wanted) => {
    order.push(wanted ? 'kept for sure' : 'kept');
    paused = true;
    return Promise.resolve();
  });
  await pace.goOn();
  pace.workBeside(null);
  await pace.goOn();
  const still = ['look', 'kept for sure', 'held', 'asked', 'go'];
  expect(order).toEqual(['look', 'turn', 'asked', 'go', 'look', 'kept', 'turn', ...still, 'kept', 'asked']);
});

test('a run that goes on counts what was worked before', () => {
  expect(new Pace(CONTINUE, undefined, 5000).workedMs).toBeGreaterThanOrEqual(5000);
});
