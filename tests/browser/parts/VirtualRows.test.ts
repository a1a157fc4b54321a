import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import VirtualRows from '../../../src/ui/parts/VirtualRows.svelte';
import '../../../src/ui/base.css';

const COUNT = 1_000_000;

async function draw() {
  const [onWindow, onScrolled] = [vi.fn(), vi.fn()];
  const { component, rerender } = await render(VirtualRows, {
    count: COUNT,
    label: 'Numbers',
    class: 'rows',
    head: createRawSnippet(() => ({ render: () => '<th scope="col">Number</th>' })),
    row: createRawSnippet<[index: number]>((row) => ({ render: () => `<td>row ${row()}</td>` })),
    onWindow,
    onScrolled,
  });
  const box = document.querySelector('.vscroll');
  if (!box) throw new Error('There is no box.');
  return { onWindow, onScrolled, box, component, rerender };
}

test('of a million rows only those in sight are in the page', async () => {
  await draw();
  await expect.element(page.getByText('row 0', { exact: true })).toBeInTheDocument();
  expect(document.querySelectorAll('tbody tr').length).toBeLessThan(60);
  expect(document.querySelector('table')?.getAttribute('aria-rowcount')).toBe(String(COUNT + 1));
});

test('the end of the box is the last row', async () => {
  const { onWindow, box } = await draw();
  box.scrollTop = box.scrollHeight;
  await expect.element(page.getByText(`row ${COUNT - 1}`)).toBeInTheDocument();
  await vi.waitFor(() => expect(onWindow.mock.calls.at(-1)?.[1]).toBe(COUNT));
});

test('another list leaves the box where it is, and a row is brought to the top on demand', async () => {
  const { onWindow, onScrolled, box, component, rerender } = await draw();
  box.scrollTop = 4_000_000;
  await vi.waitFor(() => expect(onScrolled).toHaveBeenCalled());
  const top = onScrolled.mock.calls.at(-1)?.[0];
  await rerender({ count: COUNT - 1 });
  await vi.waitFor(() => expect(Math.abs(onWindow.mock.calls.at(-1)?.[0] - top)).toBeLessThan(3));
  onScrolled.mockClear();
  await component.show(654_321);
  await vi.waitFor(() => expect(onWindow.mock.calls.at(-1)?.[0]).toBe(654_321));
  // Two frames: what the box did by itself is no person's scrolling.
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  expect(onScrolled).not.toHaveBeenCalled();
});
