import { expect, test, vi } from 'vitest';
import { Privacy } from '../../../src/state/privacy.svelte';
import { openDatabase } from '../../../src/storage/database';

test('everything is deleted unless a run works in whatever tab; then nothing is', async () => {
  const database = await openDatabase({ name: crypto.randomUUID() });
  await database.put('selfTests', { key: 'a', passed: true, worst: { name: 'x', got: 1, expected: 1 } });
  const onDeleted = vi.fn(() => Promise.resolve());
  const privacy = new Privacy(Promise.resolve(database), onDeleted);
  let end = (): void => undefined;
  const working = navigator.locks.request('hone-run', () => new Promise<void>((resolve) => (end = resolve)));
  await expect(privacy.deleteAll()).rejects.toMatchObject({ code: 'busy' });
  expect(await database.count('selfTests')).toBe(1);
  expect(onDeleted).not.toHaveBeenCalled();
  end();
  await working;
  await privacy.deleteAll();
  expect(await database.count('selfTests')).toBe(0);
  expect(onDeleted).toHaveBeenCalledOnce();
  database.close();
});
