import { flushSync } from 'svelte';
import { expect, test, vi } from 'vitest';
import { Rows } from '../../../src/state/rows.svelte';
import type { PlacedRow } from '../../../src/worker/rows-protocol';

function harness() {
  const asked: { places: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const row = (place: number): PlacedRow => ({
    row: { line: place + 1, text: `row ${place}`, target: 'a' },
    tokens: 3,
  });
  const client = {
    rows: (_: unknown, places: readonly number[]) =>
      new Promise<PlacedRow[]>((resolve, reject) => {
        asked.push({ places, answer: () => resolve(places.map(row)), fail: reject });
      }),
    search: () => Promise.reject(new Error('not asked')),
    tokenTally: () => Promise.resolve(null),
    export: () => Promise.reject(new Error('not asked')),
    texts: () => Promise.reject(new Error('not asked')),
  };
  return { asked, open: new Rows(client).open({ datasetId: 'a', version: 1 }) };
}

test('what is drawn from a row is drawn again when it arrives', async () => {
  const { asked, open } = harness();
  const drawn: (string | undefined)[] = [];
  const stop = $effect.root(() => {
    $effect(() => void drawn.push(open.at(7)?.row.text));
  });
  flushSync();
  open.want([7]);
  asked[0]?.answer();
  await vi.waitFor(() => expect(drawn).toEqual([undefined, 'row 7']));
  stop();
});

test('of all that was scrolled past while a request was out, only what is in sight now is asked for', async () => {
  const { asked, open } = harness();
  open.want([0, 1]);
  open.want([500, 501]);
  open.want([900, 901]);
  expect(asked).toHaveLength(1);
  asked[0]?.answer();
  await vi.waitFor(() => expect(asked[1]?.places).toEqual([900, 901]));
  asked[1]?.answer();
  await vi.waitFor(() => expect(open.at(901)).toBeDefined());
  open.want([900, 901]);
  expect(asked).toHaveLength(2);
});

test('however far one scrolls, a few hundred rows are held', async () => {
  const { asked, open } = harness();
  for (let screen = 0; screen < 30; screen++) {
    open.want(Array.from({ length: 50 }, (_, at) => screen * 50 + at));
    asked.at(-1)?.answer();
    await vi.waitFor(() => expect(open.at(screen * 50)).toBeDefined());
  }
  const held = Array.from({ length: 1500 }, (_, place) => open.at(place)).filter(Boolean);
  expect(held).toHaveLength(400);
});

test('rows that cannot be read are a fault that is told, and are asked for again', async () => {
  const { asked, open } = harness();
  open.want([1]);
  asked[0]?.fail(new Error('the disk is gone'));
  await vi.waitFor(() => expect(open.error?.message).toContain('the disk is gone'));
  open.want([1]);
  asked[1]?.answer();
  await vi.waitFor(() => expect(open.error).toBeNull());
});
