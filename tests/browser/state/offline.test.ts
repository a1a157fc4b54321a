import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { Offline } from '../../../src/state/offline.svelte';
import { offlineWords } from '../../../src/ui/offline-words';

const service = { kept: () => Promise.resolve({ bytes: 3_500_000, missing: 0 }) };
const client = { keepModel: () => Promise.resolve(45_600_000) };

test('it is ready once page and model are kept, and says how much that is', async () => {
  const offline = new Offline(client);
  expect(offlineWords(offline.state).title).toBe('Getting ready for the plane.');
  await offline.begin(service);
  expect(offlineWords(offline.state)).toMatchObject({ title: 'Ready for the plane.', tone: 'ready' });
  expect(offlineWords(offline.state).text).toContain('Page and MiniLM L6 are kept in this browser (49 MB).');
  expect(offlineWords(offline.state, ['E5 multilingual']).text).toMatch(/reads with E5 multilingual needs one until/);
  expect(offlineWords(offline.state).text).not.toContain('until');
  // A newer build that cannot be kept takes nothing away.
  offline.refuse('The server answered 500.');
  expect(offline.state.kind).toBe('ready');
});

test('where no page is kept the reason is said, and no model is fetched for nothing', async () => {
  let asked = 0;
  const offline = new Offline({ keepModel: () => Promise.resolve(++asked) });
  await offline.begin({ why: 'This address is not secure (https or localhost).' });
  expect(offlineWords(offline.state).text).toContain('not secure');
  const partly = new Offline({ keepModel: () => Promise.resolve(++asked) });
  await partly.begin({ kept: () => Promise.resolve({ bytes: 1, missing: 2 }) });
  expect(partly.state.kind).toBe('unavailable');
  expect(asked).toBe(0);
});

test('a model that has no room is said and can be tried again', async () => {
  let full = true;
  const offline = new Offline({
    keepModel: () =>
      full ? Promise.reject(new AppError('storage-full', 'The disk is full.')) : Promise.resolve(45_600_000),
  });
  await offline.begin(service);
  expect(offlineWords(offline.state)).toMatchObject({ act: 'Keep the model', tone: 'missing' });
  expect(offlineWords(offline.state).text).toContain('The disk is full.');
  full = false;
  await offline.keepModel();
  expect(offline.state.kind).toBe('ready');
  offline.modelDeleted();
  expect(offlineWords(offline.state).act).toBe('Keep the model');
});
