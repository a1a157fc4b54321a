import { expect, test, vi } from 'vitest';
import { Updates } from '../../../src/state/updates.svelte';

/** Holds the run's lock as a worker does; returns the way to let go. */
async function work(): Promise<() => Promise<void>> {
  let end = (): void => undefined;
  let working: Promise<unknown> = Promise.resolve();
  await new Promise<void>((begun) => {
    working = navigator.locks.request('hone-run', () => {
      begun();
      return new Promise<void>((resolve) => (end = resolve));
    });
  });
  return async () => {
    end();
    await working;
  };
}

test('an update waits for the run, then for the person, and never reloads by itself', async () => {
  const reload = vi.fn();
  const takeOver = vi.fn(() => Promise.resolve());
  const updates = new Updates(reload);
  const end = await work();
  const offered = updates.offer(takeOver);
  await updates.apply();
  expect(updates.state).toBe('waits-for-run');
  expect(takeOver).not.toHaveBeenCalled();
  await end();
  await offered;
  expect(updates.state).toBe('ready');
  expect(reload).not.toHaveBeenCalled();
  await updates.apply();
  expect(takeOver).toHaveBeenCalledOnce();
  expect(reload).toHaveBeenCalledOnce();
});

test('a run that began after the offer is waited for, and none begins between the check and the reload', async () => {
  const reload = vi.fn();
  const heldWhile: (number | undefined)[] = [];
  const takeOver = async () => void heldWhile.push((await navigator.locks.query()).held?.length);
  const updates = new Updates(reload);
  await updates.offer(takeOver);
  expect(updates.state).toBe('ready');
  const end = await work();
  const applied = updates.apply();
  await vi.waitFor(() => expect(updates.state).toBe('waits-for-run'), { timeout: 10_000 });
  expect(heldWhile).toEqual([]);
  await end();
  await applied;
  await updates.apply();
  expect(heldWhile).toEqual([1]);
  expect(reload).toHaveBeenCalledOnce();
});

test('a newer one that comes while the first waits is the one that takes over', async () => {
  const [first, second] = [vi.fn(() => Promise.resolve()), vi.fn(() => Promise.resolve())];
  const updates = new Updates(() => undefined);
  await updates.offer(first);
  await updates.offer(second);
  await updates.apply();
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledOnce();
});
