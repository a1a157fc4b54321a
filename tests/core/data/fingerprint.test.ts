import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { fingerprintRows } from '../../../src/core/data/fingerprint';
import { goodLines, importText } from '../import/import-text';

test('the fingerprint is the SHA-256 of the exported file', async () => {
  const { rows } = await importText(goodLines(3000));
  expect(fingerprintRows(rows, 'classification')).toBe(createHash('sha256').update(goodLines(3000)).digest('hex'));
});

test('the same rows from a table and from JSON have one fingerprint', async () => {
  const table = await importText('id,text,label\n1,x,a\n2,y,b\n');
  const json = await importText('[{"text":"x","label":"a"},{"text":"y","label":"b"}]');
  expect(fingerprintRows(table.rows, table.task)).toBe(fingerprintRows(json.rows, json.task));
});
