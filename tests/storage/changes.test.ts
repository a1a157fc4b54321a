import { expect, test, vi } from 'vitest';
import { joinChanges } from '../../src/storage/changes';

test('other tabs hear which list changed, and whoever said it does not', async () => {
  const [own, other] = [vi.fn(), vi.fn()];
  const [here, there] = [joinChanges(own), joinChanges(other)];
  here.announce('runs');
  await vi.waitFor(() => expect(other).toHaveBeenCalledWith('runs'), 30_000);
  expect(own).not.toHaveBeenCalled();
  here.close();
  there.close();
});
