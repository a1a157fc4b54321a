/** In a browser: Node has no Web Locks, and what a browser does with the lock of an ended worker is the point. */
import { expect, test } from 'vitest';
import { awaitRunLock, tryRunLock, whenNoRunWorks } from '../../../src/worker/run-lock';

/** A worker that holds the lock and is deep in steps of this many milliseconds. */
async function busyWorker(stepMs: number): Promise<Worker> {
  const code = `navigator.locks.request('hone-run', async () => {
    postMessage('held');
    for (;;) {
      for (const until = performance.now() + ${stepMs}; performance.now() < until; );
      await new Promise((resolve) => setTimeout(resolve));
    }
  });`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
  await new Promise((resolve) => (worker.onmessage = resolve));
  return worker;
}

const done = (): Promise<string> => Promise.resolve('done');

test('the lock of a worker that was just ended in the middle of a step is waited for', async () => {
  const worker = await busyWorker(1500);
  worker.terminate();
  expect(await tryRunLock(done)).toBe('done');
});

test('a run that works in another worker is told within seconds; its end is waited for where that is wanted', async () => {
  const worker = await busyWorker(20);
  const startedMs = performance.now();
  let settled = false;
  const [later, patient] = [whenNoRunWorks(done).finally(() => (settled = true)), awaitRunLock(done)];
  expect(await tryRunLock(done)).toBeNull();
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(settled).toBe(false);
  worker.terminate();
  expect(await Promise.all([later, patient])).toEqual(['done', 'done']);
});

test('a run whose worker died is not taken for dead before its tab had time for another worker', async () => {
  const order: string[] = [];
  const first = await busyWorker(20);
  const settled = whenNoRunWorks(() => Promise.resolve(order.push('settled')));
  first.terminate();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await awaitRunLock(async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    order.push('followed');
  });
  await settled;
  expect(order).toEqual(['followed', 'settled']);
});

test('what fails while the lock is held is that failure, also when it is a time-out of its own', async () => {
  const fault = new DOMException('The model did not arrive.', 'TimeoutError');
  await expect(tryRunLock(() => Promise.reject(fault))).rejects.toBe(fault);
  expect(await tryRunLock(done)).toBe('done');
});
