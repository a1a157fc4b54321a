import { expect, test } from 'vitest';
import { importDataset } from '../../../src/core/import/import';
import type { Mapping } from '../../../src/core/data/mapping';

const words = 'pump leaks door stuck lamp dark meter reads late bill high wrong'.split(' ');

/** A table of 60 messages in 12 threads; `label` by thread and row. */
async function findings(label: (thread: number, row: number) => string, mapping?: Partial<Mapping>) {
  const lines = Array.from({ length: 60 }, (_, row) => {
    const text = `the ${words[row % 12]} of flat ${'abcdefgh'[row % 8]} is ${words[(row * 5) % 12]} and ${words[(row * 7 + 3) % 12]} again`;
    return `t${Math.floor(row / 5)},${text},${label(Math.floor(row / 5), row)}`;
  });
  const bytes = new TextEncoder().encode(`thread_id,text,label\n${lines.join('\n')}\n`);
  async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield await Promise.resolve(bytes);
  }
  const file = { fileName: 'x.csv', fileBytes: bytes.length, ...(mapping && { mapping }) };
  return (await importDataset(chunks(), file)).findings;
}

test('a thread that rows share is offered to keep them together by, and no more once it is chosen', async () => {
  const byRow = (_: number, row: number): string => 'ab'[(row * 7) % 2] ?? '';
  const found = (await findings(byRow)).find(({ id }) => id === 'keep-together');
  expect(found?.title).toBe('Rows share their "thread_id": keep them together?');
  const chosen = await findings(byRow, { togetherField: 'thread_id' });
  expect(chosen.map(({ id }) => id)).not.toContain('keep-together');
  expect(chosen.map(({ id }) => id)).not.toContain('labels-follow');
});

test('labels that follow the threads are said, with how many examples that leaves', async () => {
  const found = (await findings((thread) => 'ab'[thread % 2] ?? '', { togetherField: 'thread_id' })).find(
    ({ id }) => id === 'labels-follow',
  );
  expect(found?.detail).toContain('12 examples, not 60 rows');
});
