import { expect, test } from 'vitest';
import { estimateWords, whatWouldFit, type MemorySettings, type PlanEstimate } from '../../../src/core/run/estimate';

const ESTIMATE: PlanEstimate = {
  totalMs: 12 * 60_000,
  bytes: 310e6,
  backend: 'webgpu',
  folds: 3,
  epochs: 4,
};

test('an estimate says the time, the work it is for, and whose memory', () => {
  expect(estimateWords(ESTIMATE)).toBe(
    'About 12 min on this device, measured: 3 folds × 4 epochs + final fit; 310 MB of GPU memory',
  );
  expect(estimateWords({ ...ESTIMATE, backend: 'wasm', epochs: null, folds: 2 })).toBe(
    'About 12 min on this device, measured: 2 folds + final fit; 310 MB of memory',
  );
});

test('with one part held out there is one training, and it is what is kept', () => {
  expect(estimateWords({ ...ESTIMATE, folds: 1 })).toContain('measured: one training × 4 epochs; 310 MB');
  expect(estimateWords({ ...ESTIMATE, folds: 1, answers: 7 })).toContain(
    '× 4 epochs, 7 held-out rows answered in three ways; 310',
  );
});

test('it says what the frozen layers’ output takes besides, and where', () => {
  const words = (memory: number, disk: number): string => estimateWords({ ...ESTIMATE, frozen: { memory, disk } });
  expect(words(40e6, 0)).toMatch(/; 310 MB of GPU memory, and for the frozen layers’ output 40 MB of memory$/);
  expect(words(40e6, 90e6)).toMatch(/, and for the frozen layers’ output 40 MB of memory and 90 MB of disk$/);
});

const SETTINGS: MemorySettings = {
  ...{ method: 'full', batchSize: 16, layers: 2, maxLength: 256, trainEmbeddings: false },
  ...{ rank: 8, alpha: 16, loraDropout: 0, targetModules: 'all-linear', rankStabilized: false },
};

test('what would fit is the largest of each kind, each by itself', () => {
  const need = ({ method, batchSize, layers, maxLength }: MemorySettings): number =>
    (method === 'full' ? 6 : layers) * batchSize * maxLength;
  const most = 6 * 16 * 256 * 0.6;
  const fits = (change: Partial<MemorySettings>): boolean => need({ ...SETTINGS, ...change }) <= most;
  expect(whatWouldFit(SETTINGS, 6, fits)).toEqual([
    'a batch size of 8',
    'Top layers with 3 layers',
    'texts cut at 128 tokens',
  ]);
});

test('what does not help is not offered', () => {
  expect(whatWouldFit(SETTINGS, 6, () => false)).toEqual([]);
  expect(whatWouldFit(SETTINGS, 6, ({ layers }) => layers === 1)).toEqual(['Top layers with 1 layer']);
  // Lengths above the own are no cut.
  expect(whatWouldFit({ ...SETTINGS, maxLength: 40 }, 6, ({ maxLength }) => maxLength !== undefined)).toEqual([
    'texts cut at 32 tokens',
  ]);
});

test('where several encoders read, each is said with its own time', () => {
  const reading = [
    { model: 'all-MiniLM-L6-v2', ms: 60_000 },
    { model: 'multilingual-e5-small', ms: 120_000 },
  ];
  expect(estimateWords({ ...ESTIMATE, reading })).toContain(
    'measured: reading with MiniLM L6 1 min 00 s, reading with E5 multilingual 2 min 00 s, 3 folds',
  );
});

test('fewer layers are offered below those that learn now, of all where the method trains all', () => {
  const asked: unknown[] = [];
  const fits = (change: object): boolean => {
    asked.push(change);
    return false;
  };
  whatWouldFit({ ...SETTINGS, method: 'top-layers', layers: 3 }, 6, fits);
  expect(asked).toEqual([
    ...[8, 4, 2, 1].map((batchSize) => ({ batchSize })),
    ...[2, 1].map((layers) => ({ method: 'top-layers', layers })),
    ...[128, 64, 32].map((maxLength) => ({ maxLength })),
  ]);
});
