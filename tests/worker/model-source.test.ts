import '../helpers/storage';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createModelSource, type ModelSourceOptions } from '../../src/worker/model-source';
import { fillDiskAtPut, freshDatabase } from '../helpers/storage';
import { tinyModelFiles } from '../helpers/tiny-model';

const SHARD = 'model-00001-of-00002.bin';
const files = tinyModelFiles();
let asked: string[] = [];
/** What the server does instead of giving the file. */
let answer: (file: string) => Response | Promise<Response> | null = () => null;

beforeEach(() => {
  asked = [];
  answer = () => null;
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.href);
    const file = url.pathname.split('/').at(-1) ?? '';
    const bytes = files.get(file);
    return (await answer(file)) ?? (bytes ? new Response(bytes) : new Response('', { status: 404 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

async function source(change: Partial<ModelSourceOptions> = {}) {
  const database = change.database ?? (await freshDatabase());
  const baseUrl = 'https://example.org/sub/path/index.html';
  return { database, files: createModelSource({ database, modelId: 'all-MiniLM-L6-v2', baseUrl, ...change }) };
}

describe('the files of a model', () => {
  test('come from beneath the page, with their progress', async () => {
    const onBytes = vi.fn();
    const { files: model } = await source({ onBytes });
    const bytes = await model.read(SHARD);
    expect(bytes).toEqual(files.get(SHARD));
    const folder = 'https://example.org/sub/path/models/all-MiniLM-L6-v2';
    expect(asked).toEqual([`${folder}/manifest.json`, `${folder}/${SHARD}`]);
    expect(onBytes).toHaveBeenLastCalledWith(SHARD, bytes.length, bytes.length);
  });

  test('are read from this browser the second time, also without a network', async () => {
    const { database, files: first } = await source();
    await first.read(SHARD);
    answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const { files: second } = await source({ database });
    expect(await second.read(SHARD)).toEqual(files.get(SHARD));
    await expect(second.read('tokenizer.json')).rejects.toMatchObject({ code: 'model-missing' });
  });

  test('that came damaged are refused and not kept, and the next try asks again', async () => {
    const { database, files: model } = await source();
    answer = (file) => (file === SHARD ? new Response(new Uint8Array(files.get(SHARD)?.length ?? 0)) : null);
    await expect(model.read(SHARD)).rejects.toMatchObject({ code: 'model-damaged', details: { file: SHARD } });
    expect(await database.getAllKeys('models')).toEqual(['all-MiniLM-L6-v2/manifest.json']);
    answer = () => null;
    expect(await model.read(SHARD)).toEqual(files.get(SHARD));
  });

  test('that are missing are named with the answer of the server', async () => {
    const { files: model } = await source();
    answer = (file) => (file === SHARD ? new Response('', { status: 404 }) : null);
    const failure = await model.read(SHARD).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'model-missing', message: expect.stringContaining('404') });
    await expect(model.read('other.bin')).rejects.toMatchObject({ code: 'model-missing' });
  });

  test('of an older model are fetched anew when the manifest names another hash', async () => {
    const { database, files: model } = await source();
    await database.put('models', { key: `all-MiniLM-L6-v2/${SHARD}`, sha256: 'another', bytes: new Uint8Array(4) });
    expect(await model.read(SHARD)).toEqual(files.get(SHARD));
    expect((await database.get('models', `all-MiniLM-L6-v2/${SHARD}`))?.bytes).toEqual(files.get(SHARD));
  });

  test('that the disk damaged are fetched anew, though they stand under the right hash', async () => {
    const { database, files: model } = await source();
    await model.read(SHARD);
    const key = `all-MiniLM-L6-v2/${SHARD}`;
    const kept = await database.get('models', key);
    if (!kept) throw new Error('not kept');
    const bytes = kept.bytes.slice();
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await database.put('models', { ...kept, bytes });
    expect(await model.read(SHARD)).toEqual(files.get(SHARD));
    expect((await database.get('models', key))?.bytes).toEqual(files.get(SHARD));
  });

  test('are given even where the disk is too full to keep them, which is said once', async () => {
    const onNotKept = vi.fn();
    const { files: model } = await source({ onNotKept });
    const repair = fillDiskAtPut(2);
    expect(await model.read(SHARD)).toEqual(files.get(SHARD));
    expect(await model.read('tokenizer.json')).toEqual(files.get('tokenizer.json'));
    repair();
    expect(onNotKept).toHaveBeenCalledOnce();
  });

  test('stop coming when the signal fires', async () => {
    const { files: model } = await source();
    const abort = new AbortController();
    answer = () => {
      abort.abort();
      return Promise.reject(new DOMException('aborted', 'AbortError'));
    };
    await expect(model.read(SHARD, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a server that does not give a file', () => {
  /** Some bytes, and then nothing more; ends by the abort of its request, as a browser's does. */
  const hanging = (bytes: number): Response =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(bytes));
          lastInit.signal?.addEventListener('abort', () => controller.error(new DOMException('', 'AbortError')));
        },
      }),
    );
  const stalled = (): Promise<Response> =>
    new Promise<Response>((_, reject) => {
      lastInit.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    });
  let lastInit: RequestInit = {};
  beforeEach(() => {
    const given = globalThis.fetch;
    vi.stubGlobal('fetch', (url: URL, init: RequestInit = {}) => {
      lastInit = init;
      return given(url, init);
    });
  });

  describe('and falls silent', () => {
    beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => vi.useRealTimers());

    /** Lets half a minute pass once the file has been asked for and `isAway` holds. */
    async function afterSilence<T>(reading: Promise<T>, isAway: () => boolean = () => true): Promise<unknown> {
      const failure = reading.catch((error: unknown) => error);
      while (!(asked.at(-1)?.endsWith(SHARD) === true && isAway())) await new Promise((next) => setImmediate(next));
      vi.advanceTimersByTime(30_000);
      return failure;
    }

    test('from the start: given up after the limit, with the reason', async () => {
      const { files: model } = await source();
      await model.read('manifest.json');
      answer = (file) => (file === SHARD ? stalled() : null);
      expect(await afterSilence(model.read(SHARD))).toMatchObject({
        code: 'model-missing',
        message: expect.stringMatching(/sent nothing for 30 s\. What came whole before is kept.*Try again/),
      });
    });

    test('in the middle: how far it was is said, what came whole is not asked for again', async () => {
      let loaded = 0;
      const { database, files: model } = await source({ onBytes: (_, bytes) => void (loaded = bytes) });
      await model.read('tokenizer.json');
      loaded = 0;
      answer = (file) => (file === SHARD ? hanging(2_000) : null);
      expect(await afterSilence(model.read(SHARD), () => loaded === 2_000)).toMatchObject({
        code: 'model-missing',
        message: expect.stringContaining('after 2.0 kB of it'),
      });
      answer = () => null;
      asked = [];
      const { files: again } = await source({ database });
      await again.read('tokenizer.json');
      expect(await again.read(SHARD)).toEqual(files.get(SHARD));
      expect(asked.map((url) => url.replace(/.*\//, ''))).toEqual(['manifest.json', SHARD]);
    });

    test('and gives the next piece within the limit, again and again: it is waited for', async () => {
      const { files: model } = await source();
      const bytes = files.get(SHARD) ?? new Uint8Array();
      const pieces = 6;
      let given = 0;
      const slow = (): Response =>
        new Response(
          new ReadableStream(
            {
              start(controller) {
                lastInit.signal?.addEventListener('abort', () => controller.error(new DOMException('', 'AbortError')));
              },
              // Asked for only when the piece before was taken.
              pull(controller) {
                vi.advanceTimersByTime(20_000);
                const from = (given++ * bytes.length) / pieces;
                controller.enqueue(bytes.subarray(from, from + bytes.length / pieces));
                if (given === pieces) controller.close();
              },
            },
            { highWaterMark: 0 },
          ),
        );
      answer = (file) => (file === SHARD ? slow() : null);
      expect(await model.read(SHARD)).toEqual(bytes);
    });
  });

  test('and gives one of the right size and another content: the checksum is said, not the size', async () => {
    const { files: model } = await source();
    const size = files.get(SHARD)?.length ?? 0;
    answer = (file) => (file === SHARD ? new Response(new Uint8Array(size)) : null);
    await expect(model.read(SHARD)).rejects.toThrow(
      /size is right and its checksum is not \(SHA-256 [0-9a-f]{8}…, expected/,
    );
    answer = (file) => (file === SHARD ? new Response(new Uint8Array(3)) : null);
    await expect(model.read(SHARD)).rejects.toThrow(/: 3 bytes came, and [\d,]+ are expected/);
  });
});
