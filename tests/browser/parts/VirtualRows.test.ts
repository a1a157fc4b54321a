import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import VirtualRows from '../../../src/ui/parts/VirtualRows.svelte';
import '../../../src/ui/base.css';

const COUNT = 1_000_000;

async function draw() {
  const onWindow = vi.fn();
  await render(VirtualRows, {
    rows: Array.from({ length: COUNT }, (_, row) => row),
    label: 'Numbers',
    class: 'rows',
    head: createRawSnippet(() => ({ render: () => '<th scope="col">Number</th>' })),
    row: createRawSnippet<[row: number, index: number]>((row) => ({ render: () => `<td>row ${row()}</td>` })),
    onWindow,
  });
  return onWindow;
}

test('of a million rows only those in sight are in the page', async () => {
  await draw();
  await expect.element(page.getByText('row 0', { exact: true })).toBeInTheDocument();
  expect(document.querySelectorAll('tbody tr').length).toBeLessThan(60);
  expect(document.querySelector('table')?.getAttribute('aria-rowcount')).toBe(String(COUNT + 1));
});

test('the end of the box is the last row', async () => {
  const onWindow = await draw();
  const box = document.querySelector('.vscroll');
  if (!box) throw new Error('There is no box.');
  box.scrollTop = box.scrollHeight;
  await expect.element(page.getByText(`row ${COUNT - 1}`)).toBeInTheDocument();
  await vi.waitFor(() => expect(onWindow.mock.calls.at(-1)?.[1]).toBe(COUNT));
});
