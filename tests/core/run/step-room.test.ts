import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entryOfManifest } from '../../../src/core/models/entry';
import { parseManifest } from '../../../src/core/models/manifest';
import { modelsFor } from '../../../src/core/models/registry';
import { roomFault, sizesOfEntry } from '../../../src/core/run/step-room';

const [smol] = modelsFor('generation');
const lora = { rank: 8, targets: 'all-linear' } as const;
const sizes = sizesOfEntry(smol, lora);
if (sizes === null) throw new Error('it writes');

test('what is known of the built-in model before it is loaded is what its manifest says', () => {
  const manifest = parseManifest(readFileSync(`public/models/${smol.id}/manifest.json`, 'utf8'));
  const { decoder } = entryOfManifest(manifest);
  expect(decoder?.config).toMatchObject({ ...smol.decoder?.config });
  expect(decoder?.deviceBytes).toBe(smol.decoder?.deviceBytes);
});

test('a row that fits is no fault; one that does not is said with the longest that would fit', () => {
  expect(roomFault(sizes, 512, { tensor: 2 ** 32, total: 2 ** 32 })).toBeNull();
  // 8,192 tokens keep gigabytes even where all is computed again.
  const fault = roomFault(sizes, 8192, { tensor: 2 ** 32, total: 1e9 });
  expect(fault?.message).toMatch(
    /^The longest row has 8,192 tokens, .* needs at least \d.* Rows of at most [\d,]+ tokens/,
  );
  const { fits } = fault ?? {};
  expect(roomFault(sizes, fits ?? Infinity, { tensor: 2 ** 32, total: 1e9 })).toBeNull();
  expect(roomFault(sizes, 2 * (fits ?? 0), { tensor: 2 ** 32, total: 1e9 })).not.toBeNull();
});

test('one piece that is too large is told apart, and a device too small for any row offers none', () => {
  expect(roomFault(sizes, 8192, { tensor: 40e6, total: Infinity })?.message).toContain('in one piece');
  expect(roomFault(sizes, 512, { tensor: 1e3, total: Infinity })).toMatchObject({
    fits: null,
    message: expect.stringContaining('choose a smaller model, or another device'),
  });
});

test('a larger adapter needs more, and a model that does not write has no such step', () => {
  const more = sizesOfEntry(smol, { ...lora, rank: 64 });
  expect((more?.adapterValues ?? 0) / sizes.adapterValues).toBe(8);
  const [encoder] = modelsFor('classification');
  expect(sizesOfEntry(encoder, lora)).toBeNull();
});
