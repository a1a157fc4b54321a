import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import Menu from '../../../src/ui/parts/Menu.svelte';

async function open(onSelect = vi.fn()) {
  await render(Menu, {
    label: 'More for tickets',
    children: createRawSnippet(() => ({ render: () => '<span>…</span>' })),
    groups: [
      {
        items: [
          { label: 'Rename', onSelect: () => onSelect('rename') },
          { label: 'Delete', onSelect: () => onSelect('delete') },
        ],
      },
    ],
  });
  const button = page.getByRole('button', { name: 'More for tickets' });
  await button.click();
  return { button, onSelect };
}

test('a menu opens on its first act and is walked by arrows, round the end', async () => {
  await open();
  await expect.element(page.getByRole('menuitem', { name: 'Rename' })).toHaveFocus();
  await userEvent.keyboard('{ArrowUp}');
  await expect.element(page.getByRole('menuitem', { name: 'Delete' })).toHaveFocus();
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(page.getByRole('menuitem', { name: 'Rename' })).toHaveFocus();
});

test('Escape closes it, chooses nothing and gives the focus back', async () => {
  const { button, onSelect } = await open();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('menu')).not.toBeInTheDocument();
  await expect.element(button).toHaveFocus();
  expect(onSelect).not.toHaveBeenCalled();
});

test('Enter chooses the act under the focus, once', async () => {
  const { onSelect } = await open();
  await userEvent.keyboard('{ArrowDown}{Enter}');
  expect(onSelect.mock.calls).toEqual([['delete']]);
  await expect.element(page.getByRole('menu')).not.toBeInTheDocument();
});
