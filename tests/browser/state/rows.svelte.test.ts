import { flushSync } from 'svelte';
import { expect, test, vi } from 'vitest';
import { EVERY_ROW } from '../../../src/core/data/row-filter';
import { Rows } from '../../../src/state/rows.svelte';
import type { ListedRow, RowCount, RowView } from '../../../src/worker/rows-protocol';

const FILTERED: RowView = { filter: { ...EVERY_ROW, words: 'x' }, order: 'file' };

function harness(rowCount = 2000) {
  const asked: { from: number; to: number; view: RowView; answer(): void; fail(error: Error): void }[] = [];
  const counts: { near: number | null; answer(count: RowCount): void }[] = [];
  const row = (index: number, { filter }: RowView): ListedRow => ({
    row: { rowId: index + 100, line: index + 1, text: `row ${filter.words}${index}`, target: 'a' },
    tokens: 3,
    findingIds: [],
  });
  const client = {
    window: (_: unknown, view: RowView, { from, to }: { from: number; to: number }) =>
      new Promise<ListedRow[]>((resolve, reject) => {
        const rows = Array.from({ length: to - from }, (_, at) => row(from + at, view));
        asked.push({ from, to, view, answer: () => resolve(rows), fail: reject });
      }),
    count: (_: unknown, _view: RowView, near: number | null) =>
      new Promise<RowCount>((answer) => counts.push({ near, answer })),
    row: () => Promise.reject(new Error('not asked')),
    findingLines: () => Promise.reject(new Error('not asked')),
    tokenTally: () => Promise.resolve(null),
    export: () => Promise.reject(new Error('not asked')),
    texts: () => Promise.reject(new Error('not asked')),
  };
  return { asked, counts, open: new Rows(client).open({ datasetId: 'a', version: 1 }, rowCount) };
}

test('what is drawn from a row is drawn again when it arrives', async () => {
  const { asked, open } = harness();
  const drawn: (string | undefined)[] = [];
  const stop = $effect.root(() => {
    $effect(() => void drawn.push(open.at(7)?.row.text));
  });
  flushSync();
  open.want(7, 8);
  asked[0]?.answer();
  await vi.waitFor(() => expect(drawn).toEqual([undefined, 'row 7']));
  stop();
});

test('of all that was scrolled past while a request was out, only what is in sight now is asked for', async () => {
  const { asked, open } = harness();
  open.want(0, 2);
  open.want(500, 502);
  open.want(900, 902);
  expect(asked).toHaveLength(1);
  asked[0]?.answer();
  await vi.waitFor(() => expect(asked[1]).toMatchObject({ from: 900, to: 902 }));
  asked[1]?.answer();
  await vi.waitFor(() => expect(open.at(901)).toBeDefined());
  open.want(900, 902);
  expect(asked).toHaveLength(2);
  // What is there is not asked for again, and nothing behind the last row is.
  open.want(901, 905);
  expect(asked[2]).toMatchObject({ from: 902, to: 905 });
  asked[2]?.answer();
  await vi.waitFor(() => expect(open.at(904)).toBeDefined());
  open.want(1990, 2040);
  expect(asked[3]).toMatchObject({ from: 1990, to: 2000 });
});

test('however far one scrolls, a few hundred rows are held', async () => {
  const { asked, open } = harness();
  for (let screen = 0; screen < 30; screen++) {
    open.want(screen * 50, screen * 50 + 50);
    asked.at(-1)?.answer();
    await vi.waitFor(() => expect(open.at(screen * 50)).toBeDefined());
  }
  const held = Array.from({ length: 1500 }, (_, index) => open.at(index)).filter(Boolean);
  expect(held).toHaveLength(400);
});

test('other rows are shown once they are counted, and a window of those before them is not taken for one of theirs', async () => {
  const { asked, counts, open } = harness();
  open.want(0, 2);
  const shown = open.show(FILTERED, 107, new AbortController().signal);
  expect(open.count).toBe(2000);
  expect(counts[0]?.near).toBe(107);
  counts[0]?.answer({ count: 1, at: 0 });
  expect(await shown).toBe(0);
  expect(open.count).toBe(1);
  asked[0]?.answer();
  await vi.waitFor(() => expect(asked[1]).toMatchObject({ from: 0, to: 1, view: FILTERED }));
  expect(open.at(0)).toBeUndefined();
  asked[1]?.answer();
  await vi.waitFor(() => expect(open.at(0)?.row.text).toBe('row x0'));
});

test('as many rows in another order are asked for anew, without a scroll', async () => {
  const { asked, counts, open } = harness();
  open.want(0, 2);
  asked[0]?.answer();
  await vi.waitFor(() => expect(open.at(1)).toBeDefined());
  const shown = open.show({ filter: EVERY_ROW, order: 'longest' }, null, new AbortController().signal);
  counts[0]?.answer({ count: 2000, at: 0 });
  await shown;
  expect(open.at(1)).toBeUndefined();
  expect(asked[1]).toMatchObject({ from: 0, to: 2, view: { order: 'longest' } });
});

test('a view that is given up while it is counted changes nothing', async () => {
  const { counts, open } = harness();
  const controller = new AbortController();
  const shown = open.show(FILTERED, null, controller.signal);
  controller.abort();
  counts[0]?.answer({ count: 1, at: 0 });
  await expect(shown).rejects.toMatchObject({ code: 'cancelled' });
  expect(open.count).toBe(2000);
});

test('rows that cannot be read are a fault that is told, and are asked for again', async () => {
  const { asked, open } = harness();
  open.want(1, 2);
  asked[0]?.fail(new Error('the disk is gone'));
  await vi.waitFor(() => expect(open.error?.message).toContain('the disk is gone'));
  open.want(1, 2);
  asked[1]?.answer();
  await vi.waitFor(() => expect(open.error).toBeNull());
});
