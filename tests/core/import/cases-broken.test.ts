import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importDataset } from '../../../src/core/import/import';
import { AppError } from '../../../src/core/errors';
import { streamOf } from './import-text';

const base = new URL('../../fixtures/cases/', import.meta.url);
const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\/.*(\.(jsonl?|csv|tsv|txt)|SMSCollection)$/.test(name),
);

/** Rows and rows left out; null where the file was refused in words. */
async function read(fileName: string, bytes: Uint8Array): Promise<{ rows: number; all: number } | null> {
  try {
    const { rows, leftOut } = await importDataset(streamOf(bytes), { fileName, fileBytes: bytes.length });
    return { rows: rows.length, all: rows.length + leftOut };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.message.length).toBeGreaterThan(20);
    return null;
  }
}

describe.each(files)('%s', (name) => {
  const bytes = Uint8Array.from(readFileSync(new URL(name, base)));

  test('cut in half gives no more rows, and about half of those that stand one a line', async () => {
    const [whole, half] = [await read(name, bytes), await read(name, bytes.slice(0, bytes.length / 2))];
    if (half === null) return;
    expect(half.rows).toBeLessThanOrEqual(whole?.rows ?? 0);
    const perLine = /\.(jsonl|csv|tsv)$/.test(name) && (whole?.rows ?? 0) > 40;
    if (perLine) expect(half.all).toBeGreaterThan(0.3 * (whole?.all ?? 0));
  });

  test('without its first line no row takes another in', async () => {
    const whole = await read(name, bytes);
    const cut = await read(name, bytes.slice(bytes.indexOf(0x0a) + 1));
    if (cut !== null && whole !== null) expect(cut.rows).toBeLessThanOrEqual(whole.rows + 1);
  });

  test('in UTF-16 it gives the same rows', async () => {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return; // is in another encoding already
    }
    const utf16 = Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect(await read(name, utf16)).toEqual(await read(name, bytes));
  });
});
