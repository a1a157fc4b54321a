import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import ConfirmDialog from '../../../src/ui/parts/ConfirmDialog.svelte';

const words = createRawSnippet(() => ({ render: () => '<p>This cannot be undone.</p>' }));

async function draw() {
  const onDanger = vi.fn();
  const onClose = vi.fn();
  const props = { title: 'Delete everything?', danger: 'Delete everything', safe: 'Keep it', onDanger, onClose };
  const view = await render(ConfirmDialog, { ...props, open: false, children: words });
  const opener = document.createElement('button');
  opener.textContent = 'Open';
  document.body.append(opener);
  opener.focus();
  await view.rerender({ open: true });
  return { view, opener, onDanger, onClose };
}

test('a question opens with the safe act under the focus', async () => {
  await draw();
  await expect.element(page.getByRole('button', { name: 'Keep it' })).toHaveFocus();
});

test('Escape is the safe answer, and the focus goes back to where it was', async () => {
  const { view, opener, onDanger, onClose } = await draw();
  await userEvent.keyboard('{Escape}');
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  await view.rerender({ open: false });
  expect(onDanger).not.toHaveBeenCalled();
  await expect.element(page.elementLocator(opener)).toHaveFocus();
});

test('the dangerous act is done once and closes the question', async () => {
  const { onDanger, onClose } = await draw();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  expect(onDanger).toHaveBeenCalledOnce();
  expect(onClose).toHaveBeenCalledOnce();
});
