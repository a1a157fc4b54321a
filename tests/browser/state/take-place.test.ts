/** The page's folder for files to take away: its own while it is open, gone with the next page. */
import { expect, test } from 'vitest';
import { clearTakePlaces, TakePlace } from '../../../src/state/take-place';

async function put(place: string, name: string, text: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getDirectoryHandle(place, { create: true })).getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  await stream.write(text);
  await stream.close();
}

async function places(): Promise<string[]> {
  const names: string[] = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
  return names.filter((name) => name.startsWith('hone-take-'));
}

test('what is left of a page that is gone is cleared; what an open page has stays and can be read', async () => {
  const own = new TakePlace();
  const name = await own.name();
  expect(await own.name()).toBe(name);
  await put(name, 'mine.zip', 'mine');
  await put('hone-take-of-a-page-that-crashed', 'left.zip', 'left');
  expect(await clearTakePlaces()).toBe(1);
  expect(await places()).toEqual([name]);
  expect(await (await own.file({ place: name, name: 'mine.zip' })).text()).toBe('mine');
  await expect(own.file({ place: name, name: 'gone.zip' })).rejects.toMatchObject({ code: 'not-found' });
  await own.clear();
  await expect(own.file({ place: name, name: 'mine.zip' })).rejects.toMatchObject({ code: 'not-found' });
  await (await navigator.storage.getDirectory()).removeEntry(name, { recursive: true });
});
