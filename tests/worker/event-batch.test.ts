import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CurvePoint, RunProgress } from '../../src/core/run/record';
import { EventBatch } from '../../src/worker/event-batch';
import type { RunEvent } from '../../src/worker/protocol';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const progress = (step: number): RunEvent & { type: 'progress' } => ({
  type: 'progress',
  progress: { step } as RunProgress,
});
const point = (step: number): CurvePoint => ({ step }) as CurvePoint;

function batchOf() {
  const posted: RunEvent[][] = [];
  const batch = new EventBatch(
    (events) => void posted.push(events),
    () => Date.now(),
  );
  return { batch, posted };
}

test('a thousand steps in a second are ten messages, and no point is lost', () => {
  const { batch, posted } = batchOf();
  for (let step = 0; step < 1000; step++) {
    batch.addPoint(point(step));
    batch.add(progress(step));
    vi.advanceTimersByTime(1);
  }
  batch.flush();
  expect(posted.length).toBeLessThanOrEqual(11);
  const points = posted.flat().flatMap((event) => (event.type === 'points' ? event.points : []));
  expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
});

test('only the newest progress of a batch is posted', () => {
  const { batch, posted } = batchOf();
  batch.add(progress(0));
  for (let step = 1; step <= 5; step++) batch.add(progress(step));
  vi.advanceTimersByTime(100);
  expect(posted).toEqual([[progress(0)], [progress(5)]]);
});

test('the last event before a silence comes by itself', () => {
  const { batch, posted } = batchOf();
  batch.add(progress(0));
  batch.add({ type: 'saved' });
  expect(posted).toHaveLength(1);
  vi.advanceTimersByTime(100);
  expect(posted[1]).toEqual([{ type: 'saved' }]);
});

test('points stand before the events that followed them', () => {
  const { batch, posted } = batchOf();
  batch.add(progress(0));
  batch.add({ type: 'saved' });
  batch.addPoint(point(1));
  batch.flush();
  expect(posted[1]?.map(({ type }) => type)).toEqual(['points', 'saved']);
  batch.flush();
  expect(posted).toHaveLength(2);
});
