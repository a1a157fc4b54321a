import { describe, expect, test, vi } from 'vitest';
import { AppError, toErrorData } from '../../src/core/errors';
import { DataClient, type ImportSource } from '../../src/worker/data-client';
import { PROTOCOL_VERSION } from '../../src/worker/protocol';
import { fakeWorkers } from '../helpers/fake-worker';
import { sampleDataset } from '../helpers/storage';

const BASE = 'https://example.org/hone/';
const source: ImportSource = {
  blob: new Blob(['x']),
  fileName: 'x.jsonl',
  name: 'x',
  sample: false,
  mapping: null,
  task: null,
};

describe('imports', () => {
  test('the first message is the version and the address of the page', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    expect(made).toHaveLength(0);
    void client.import(source).catch(() => undefined);
    expect(made[0]?.sent[0]).toEqual({ type: 'open', version: PROTOCOL_VERSION, baseUrl: BASE });
  });

  test('two imports are told apart by their ids', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    const onProgress = vi.fn();
    const first = client.import(source, { onProgress });
    const firstId = made[0]?.lastId ?? '';
    const second = client.import(source);
    const secondId = made[0]?.lastId ?? '';
    expect(firstId).not.toBe(secondId);
    const [a, b] = [sampleDataset('a', []), sampleDataset('b', [])];
    made[0]?.answer({ type: 'imported', requestId: secondId, dataset: b, already: true });
    made[0]?.answer({ type: 'import-progress', requestId: firstId, bytesRead: 1, bytesTotal: 2, rows: 3 });
    made[0]?.answer({ type: 'imported', requestId: firstId, dataset: a, already: false });
    expect(await second).toEqual({ dataset: b, already: true });
    expect(await first).toEqual({ dataset: a, already: false });
    expect(onProgress).toHaveBeenCalledWith(expect.objectContaining({ bytesRead: 1, bytesTotal: 2, rows: 3 }));
  });

  test('a failure arrives as the error that it was', async () => {
    const { made, create } = fakeWorkers();
    const importing = new DataClient(BASE, create).import(source);
    const error = new AppError('file-not-text', 'A picture.', { details: { fileName: 'x.jsonl' } });
    made[0]?.answer({ type: 'failed', requestId: made[0].lastId, error: toErrorData(error) });
    await expect(importing).rejects.toMatchObject({ code: 'file-not-text', details: { fileName: 'x.jsonl' } });
  });

  test('abort ends the worker at once, and the next import has another', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    const abort = new AbortController();
    const importing = client.import(source, { signal: abort.signal });
    abort.abort();
    expect(made[0]?.terminated).toBe(true);
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
    void client.import(source).catch(() => undefined);
    expect(made).toHaveLength(2);
    await expect(client.import(source, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('cancelled imports, however many, do not take the clearing up of dead runs with them', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    const recovering = client.recover();
    for (let n = 1; n <= 7; n++) {
      const abort = new AbortController();
      const importing = client.import(source, { signal: abort.signal });
      abort.abort();
      await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
      await vi.waitFor(() => expect(made[n]?.sent.at(-1)?.type).toBe('recover'), 30_000);
    }
    made[7]?.answer({ type: 'recovered', requestId: made[7].lastId, runIds: ['r'], fault: null });
    expect(await recovering).toEqual({ runIds: ['r'], fault: null });
  });

  test('a fetch of a model goes on after an import was cancelled, and ends when it is stopped itself', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    const stop = new AbortController();
    const onProgress = vi.fn();
    const keeping = client.keepModel('m', onProgress, stop.signal);
    expect(made[0]?.sent.at(-1)).toMatchObject({ type: 'keep-model', modelId: 'm' });
    const abort = new AbortController();
    const importing = client.import(source, { signal: abort.signal });
    abort.abort();
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitFor(() => expect(made[1]?.sent.at(-1)).toMatchObject({ type: 'keep-model', modelId: 'm' }), 30_000);
    const requestId = made[1]?.lastId ?? '';
    const progress = { bytesKept: 1, bytesTotal: 2, shard: 1, shards: 1 };
    made[1]?.answer({ type: 'keep-progress', requestId, ...progress });
    expect(onProgress).toHaveBeenCalledWith(expect.objectContaining(progress));
    stop.abort();
    await expect(keeping).rejects.toMatchObject({ code: 'cancelled' });
    expect(made[1]?.sent.at(-1)).toEqual({ type: 'cancel-request', requestId });
    expect(made[1]?.terminated).toBe(false);
    expect(made).toHaveLength(2);
  });

  test('a worker that dies rejects what it left open, with its words', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    const [first, second] = [client.import(source), client.recover()];
    made[0]?.die('out of stack');
    await expect(first).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('out of stack') });
    await expect(second).rejects.toMatchObject({ code: 'internal' });
    const again = client.recover();
    made[1]?.answer({ type: 'recovered', requestId: made[1].lastId, runIds: ['r'], fault: null });
    expect(await again).toEqual({ runIds: ['r'], fault: null });
  });
});

describe('a worker that is out of date', () => {
  test('answers what it was asked, and the next question goes to another', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    const settled = client.recover();
    client.renew();
    expect(made[0]?.terminated).toBe(false);
    made[0]?.answer({ type: 'recovered', requestId: made[0].lastId, runIds: [] });
    await settled;
    expect(made[0]?.terminated).toBe(true);
    void client.recover();
    expect(made).toHaveLength(2);
  });

  test('ends at once where it is idle, and none is started for it', async () => {
    const { made, create } = fakeWorkers();
    const client = new DataClient(BASE, create);
    client.renew();
    expect(made).toHaveLength(0);
    const settled = client.recover();
    made[0]?.answer({ type: 'recovered', requestId: made[0].lastId, runIds: [] });
    await settled;
    client.renew();
    expect(made[0]?.terminated).toBe(true);
  });
});
