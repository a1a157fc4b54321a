/** Imports a file that is written out in a test. */
import { importDataset, type ImportOptions, type ImportResult } from '../../../src/core/import/import';
import { AppError } from '../../../src/core/errors';
import type { FoundFinding } from '../../../src/core/data/finding';

export async function* streamOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function importBytes(bytes: Uint8Array, options: Partial<ImportOptions> = {}): Promise<ImportResult> {
  return importDataset(streamOf(bytes), { fileName: 'data.jsonl', fileBytes: bytes.length, ...options });
}

export function importText(text: string, options: Partial<ImportOptions> = {}): Promise<ImportResult> {
  return importBytes(bytesOf(text), options);
}

export const finding = (result: ImportResult, id: string): FoundFinding | undefined =>
  result.findings.find((one) => one.id === id);

export const ids = (result: ImportResult): string[] => result.findings.map(({ id }) => id);

/** The AppError that a promise ends in; anything else is a failed test. */
export async function appError(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('expected an AppError');
}

/** `count` good JSONL lines with two labels in turn. */
export const goodLines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ text: `text ${i}`, label: i % 2 ? 'a' : 'b' })}\n`).join(
    '',
  );
