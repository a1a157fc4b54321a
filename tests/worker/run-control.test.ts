import { expect, test, vi } from 'vitest';
import { Control } from '../../src/worker/run-control';

test('while nothing is asked, a checkpoint goes on at once', async () => {
  const onPaused = vi.fn();
  expect(await new Control(onPaused).checkpoint()).toBe('continue');
  expect(onPaused).not.toHaveBeenCalled();
});

test('a pause waits at the next checkpoint until resume, and is told when it really stands', async () => {
  const onPaused = vi.fn();
  const control = new Control(onPaused);
  control.pause();
  control.pause();
  expect(onPaused).not.toHaveBeenCalled();
  let passed = false;
  const waiting = control.checkpoint().then((answer) => {
    passed = true;
    return answer;
  });
  await Promise.resolve();
  expect(onPaused).toHaveBeenLastCalledWith(true);
  expect(passed).toBe(false);
  control.resume();
  expect(await waiting).toBe('continue');
  expect(onPaused).toHaveBeenLastCalledWith(false);
  expect(onPaused).toHaveBeenCalledTimes(2);
});

test('stop and cancel end a pause too', async () => {
  const stopped = new Control(() => undefined);
  stopped.pause();
  const waiting = stopped.checkpoint();
  stopped.stop();
  expect(await waiting).toBe('stop');
  const cancelled = new Control(() => undefined);
  cancelled.pause();
  const refused = cancelled.checkpoint();
  cancelled.cancel();
  await expect(refused).rejects.toMatchObject({ code: 'cancelled' });
  expect(cancelled.signal.aborted).toBe(true);
});

test('cancel outranks stop, and a stopped run is not paused any more', async () => {
  const control = new Control(() => undefined);
  control.stop();
  control.pause();
  expect(await control.checkpoint()).toBe('stop');
  control.cancel();
  await expect(control.checkpoint()).rejects.toMatchObject({ code: 'cancelled' });
});
