import { sampleRun } from '../helpers/storage';
import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/storage/database';
import { addRun } from '../../src/storage/runs';
import { type DataCommand, type DataEvent, PROTOCOL_VERSION } from '../../src/worker/protocol';

afterEach(() => vi.unstubAllGlobals());

test('a file is read, and a fetch stopped, while the clearing up still waits for the lock of another tab', async () => {
  const events: DataEvent[] = [];
  let receive: (message: { data: DataCommand }) => void = () => undefined;
  let unlock = (): void => undefined;
  let held = true;
  const unlocked = new Promise<void>((resolve) => (unlock = resolve)).then(() => (held = false));
  vi.stubGlobal('addEventListener', (_: string, listener: typeof receive) => (receive = listener));
  vi.stubGlobal('postMessage', (event: DataEvent) => events.push(event));
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  type Body = (lock: object | null) => Promise<unknown>;
  const request = (_name: string, options: object, body?: Body): Promise<unknown> =>
    body ? body(held ? null : {}) : unlocked.then(() => (options as Body)({}));
  vi.stubGlobal('navigator', { locks: { request } });
  const database = await openDatabase();
  await addRun(database, sampleRun('dead'));

  await import('../../src/worker/data.worker');
  receive({ data: { type: 'open', version: PROTOCOL_VERSION, baseUrl: 'https://example.org/' } });
  receive({ data: { type: 'recover', requestId: 'r', seen: null } });
  const text = Array.from({ length: 8 }, (_, i) => JSON.stringify({ text: `words ${i}`, label: i % 2 ? 'a' : 'b' }));
  const file = { blob: new Blob([text.join('\n')]), fileName: 'x.jsonl', name: 'x', sample: false };
  receive({ data: { type: 'import', requestId: 'i', ...file, mapping: null, task: null } });
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ type: 'imported', requestId: 'i' }), 30_000);

  // A fetch that hangs is stopped by its id, and by no other.
  vi.stubGlobal('fetch', (_: URL, { signal }: RequestInit) => hangs(signal));
  receive({ data: { type: 'keep-model', requestId: 'k', modelId: 'multilingual-e5-small' } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  receive({ data: { type: 'cancel-request', requestId: 'other' } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(events.at(-1)).toMatchObject({ requestId: 'i' });
  receive({ data: { type: 'cancel-request', requestId: 'k' } });
  const stopped = { type: 'failed', requestId: 'k', error: { code: 'cancelled' } };
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject(stopped), 30_000);

  unlock();
  const recovered = { type: 'recovered', requestId: 'r', runIds: ['dead'], fault: null };
  await vi.waitFor(() => expect(events.at(-1)).toEqual(recovered), 30_000);
  database.close();
});

/** A request that nobody answers. */
function hangs(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('Stopped.', 'AbortError')));
  });
}
