/** A model on its way in, over workers that are made up. */
import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { ModelCheck } from '../../../src/core/models/model-check';
import type { OwnSummary } from '../../../src/core/models/own-summary';
import { OwnModels } from '../../../src/state/own-models.svelte';
import type { OwnProgress } from '../../../src/worker/data-client';

const summary = { title: 'tiny', task: 'decoder' } as OwnSummary;
const chosen = { title: 'tiny', files: [{ path: 'config.json', blob: new Blob(['{}']) }] };
const check: ModelCheck = { task: 'decoder', perplexity: 3, plausible: true };

function setUp(change: { keep?: () => Promise<string>; ask?: () => Promise<ModelCheck> } = {}) {
  const told: OwnProgress[] = [];
  const stops: AbortSignal[] = [];
  const reader = {
    inspectModel: vi.fn(() => Promise.resolve(summary)),
    keepOwnModel: vi.fn((_: unknown, tell: (progress: OwnProgress) => void, signal: AbortSignal) => {
      stops.push(signal);
      tell({ doing: 'reading', bytes: 1, bytesTotal: 2 });
      return (change.keep ?? (() => Promise.resolve('own-tiny-1')))();
    }),
  };
  const asker = { checkModel: vi.fn((..._: unknown[]) => (change.ask ?? (() => Promise.resolve(check)))()) };
  const models = { refresh: vi.fn(() => Promise.resolve()), remove: vi.fn(() => Promise.resolve()) };
  const own = new OwnModels(reader, asker, models, () => 'wasm');
  return { own, reader, asker, models, told, stops };
}

test('read, found, kept, asked on the device that is chosen, and among the models from then on', async () => {
  const { own, reader, asker, models } = setUp();
  const opening = own.open(chosen);
  expect(own.incoming).toEqual({ kind: 'reading', title: 'tiny' });
  // One at a time.
  await own.open({ title: 'other', files: [] });
  await opening;
  expect(reader.inspectModel).toHaveBeenCalledTimes(1);
  expect(own.incoming).toEqual({ kind: 'found', title: 'tiny', summary });
  const keeping = own.keep();
  expect(own.incoming).toMatchObject({ kind: 'keeping', progress: { doing: 'reading', bytes: 1 } });
  await keeping;
  expect(asker.checkModel).toHaveBeenCalledWith('own-tiny-1', 'wasm', expect.any(AbortSignal));
  expect(models.refresh).toHaveBeenCalled();
  expect(own.incoming).toEqual({ kind: 'here', title: 'tiny', modelId: 'own-tiny-1', check });
  own.letGo();
  expect(own.incoming).toEqual({ kind: 'none' });
  expect(models.remove).not.toHaveBeenCalled();
});

test('what cannot be used is refused; one whose values are no numbers takes no room', async () => {
  const broken = setUp({ ask: () => Promise.reject(new AppError('non-finite', 'Not a number.')) });
  await broken.own.open(chosen);
  await broken.own.keep();
  expect(broken.own.incoming).toMatchObject({ kind: 'refused', title: 'tiny', error: { code: 'non-finite' } });
  expect(broken.models.remove).toHaveBeenCalledWith('own-tiny-1');
  const lost = setUp({ ask: () => Promise.reject(new AppError('device-lost', 'The GPU was lost.')) });
  await lost.own.open(chosen);
  await lost.own.keep();
  expect(lost.own.incoming).toMatchObject({ kind: 'refused', error: { code: 'device-lost' } });
  // It is whole: it can be asked again.
  expect(lost.models.remove).not.toHaveBeenCalled();
});

test('what was stopped shows nothing any more, whatever comes of it', async () => {
  let end: (modelId: string) => void = () => undefined;
  const { own, stops, asker } = setUp({ keep: () => new Promise((resolve) => (end = resolve)) });
  await own.open(chosen);
  const keeping = own.keep();
  own.letGo();
  expect(own.incoming).toEqual({ kind: 'none' });
  expect(stops[0]?.aborted).toBe(true);
  end('own-tiny-1');
  await keeping;
  expect(own.incoming).toEqual({ kind: 'none' });
  expect(asker.checkModel).not.toHaveBeenCalled();
});

test('a classifier is kept with its head, not asked anything, and its id is told; one that was let go is not', async () => {
  const { own, reader, asker, models } = setUp();
  expect(await own.keepClassifier()).toBeNull();
  await own.open(chosen);
  const keeping = own.keepClassifier();
  expect(own.incoming).toMatchObject({ kind: 'keeping', title: 'tiny' });
  expect(await keeping).toBe('own-tiny-1');
  expect(reader.keepOwnModel.mock.calls.map(([asked]) => asked)).toMatchObject([{ title: 'tiny', withHead: true }]);
  expect(models.refresh).toHaveBeenCalled();
  expect(asker.checkModel).not.toHaveBeenCalled();
  expect(own.incoming).toEqual({ kind: 'none' });
  const broken = setUp({ keep: () => Promise.reject(new AppError('storage-full', 'Full.')) });
  await broken.own.open(chosen);
  expect(await broken.own.keepClassifier()).toBeNull();
  expect(broken.own.incoming).toMatchObject({ kind: 'refused', error: { code: 'storage-full' } });
  // What came of it is looked at either way.
  expect(broken.models.refresh).toHaveBeenCalled();
});
