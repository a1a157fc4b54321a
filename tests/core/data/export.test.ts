import fc from '../../helpers/fast-check';
import { expect, test } from 'vitest';
import { rowsToJsonl } from '../../../src/core/data/export';
import { join } from '../../../src/core/reading/pieces';
import { importBytes } from '../import/import-text';

test('rows come back from their own export, whatever their texts and labels hold', async () => {
  const filled = fc.string({ unit: 'grapheme' }).filter((text) => text.trim() !== '');
  const row = fc.record({ text: filled, target: filled.map((label) => label.trim()) });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1 }), async (raw) => {
      const rows = raw.map((one, i) => ({ rowId: i + 1, line: i + 1, ...one }));
      const bytes = join([...rowsToJsonl(rows, 'classification')], new Uint8Array(0));
      const result = await importBytes(bytes);
      expect(result.rows).toEqual(rows);
      expect(result.leftOut).toBe(0);
    }),
  );
});

test('labels and completions are named as each task expects', () => {
  const rows = [{ rowId: 8, line: 7, text: 'q', target: 'a' }];
  const text = (task: 'classification' | 'generation') =>
    new TextDecoder().decode(join([...rowsToJsonl(rows, task)], new Uint8Array(0)));
  expect(text('classification')).toBe('{"text":"q","label":"a"}\n');
  expect(text('generation')).toBe('{"prompt":"q","completion":"a"}\n');
});
