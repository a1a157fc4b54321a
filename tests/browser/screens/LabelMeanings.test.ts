import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { type LabelDescriptions, withDescriptions } from '../../../src/core/data/label-descriptions';
import type { Dataset } from '../../../src/core/data/dataset';
import { AppError } from '../../../src/core/errors';
import type { Hone } from '../../../src/state/hone.svelte';
import LabelMeanings from '../../../src/ui/screens/data/LabelMeanings.svelte';
import WithHone from '../../helpers/WithHone.svelte';

const LABELS = ['account', 'bug', 'refund'];

function datasetOf(labels: readonly string[], labelDescriptions?: Record<string, string>): Dataset {
  const version = { number: 1, labels: labels.map((label, i) => ({ label, count: i + 1 })) };
  return { id: 'd', currentVersion: 1, versions: [version], labelDescriptions } as unknown as Dataset;
}

/** The panel over a store that keeps what it is given, unless `fails` says why not. */
async function draw(labels: readonly string[], descriptions?: Record<string, string>) {
  let dataset = datasetOf(labels, descriptions);
  const saves: LabelDescriptions[] = [];
  const state: { fails: AppError | null } = { fails: null };
  const toasts: { message: string; undo?: (() => void) | undefined }[] = [];
  const hone = {
    router: { href: () => '#' },
    toasts: {
      show: (message: string, action?: { run(): void }) => toasts.push({ message, undo: action?.run }),
    },
    datasets: {
      async describeLabels(_: string, changes: LabelDescriptions) {
        if (state.fails) throw state.fails;
        saves.push(changes);
        dataset = { ...dataset, labelDescriptions: withDescriptions(dataset.labelDescriptions, changes) };
        await screen.rerender({ hone, component: LabelMeanings, given: { dataset } });
      },
    },
  } as unknown as Hone;
  const screen = await render(WithHone, { hone, component: LabelMeanings, given: { dataset } });
  const cells = (): string[] =>
    [...screen.container.querySelectorAll('tbody tr')].map((row) => row.querySelector('.fr')?.textContent.trim() ?? '');
  return { screen, saves, state, toasts, cells };
}

const field = (label: string) => page.getByRole('textbox', { name: `Description of ${label}`, exact: true });

test('a field is kept as it is left, and the row says whose words they are', async () => {
  const { saves, cells } = await draw(LABELS, { refund: 'my money back' });
  expect(cells()).toEqual(['Name only', 'Name only', 'Yours']);
  await field('account').fill('  my login ');
  expect(cells()[0]).toBe('Being edited');
  expect(saves).toEqual([]);
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText(/^Saved \d\d:\d\d$/)).toBeVisible();
  expect(saves).toEqual([{ account: '  my login ' }]);
  await expect.element(field('account')).toHaveValue('my login');
  await expect.element(field('bug')).toHaveFocus();
  expect(cells()).toEqual(['Yours', 'Being edited', 'Yours']);
});

test('a field that was not changed is not saved, and Escape puts back what is kept', async () => {
  const { saves } = await draw(LABELS, { bug: 'it crashes' });
  await field('bug').fill('something else');
  await userEvent.keyboard('{Escape}');
  await expect.element(field('bug')).toHaveValue('it crashes');
  await userEvent.keyboard('{ArrowUp}{ArrowDown}{Tab}');
  expect(saves).toEqual([]);
});

test('the last change can be taken back, as often as there were changes', async () => {
  const { saves } = await draw(LABELS, { bug: 'it crashes' });
  await field('bug').fill('second');
  await userEvent.keyboard('{Enter}');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.element(field('bug')).toHaveValue('it crashes');
  expect(saves.at(-1)).toEqual({ bug: 'it crashes' });
  await expect.element(page.getByRole('button', { name: 'Undo' })).not.toBeInTheDocument();
});

test('on a full disk what was typed stays, is said not to be saved, and is saved when asked again', async () => {
  const { state, saves, cells } = await draw(LABELS);
  state.fails = new AppError('storage-full', 'Not saved: the disk is full.');
  await field('bug').fill('it crashes');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('alert')).toHaveTextContent('Not saved: the disk is full. What you typed stands');
  await expect.element(field('bug')).toHaveValue('it crashes');
  expect(cells()[1]).toBe('Not saved');
  state.fails = null;
  await page.getByRole('button', { name: 'Save again' }).click();
  await expect.element(page.getByText(/^Saved/)).toBeVisible();
  expect(saves).toEqual([{ bug: 'it crashes' }]);
});

test('what is typed when the screen goes is kept', async () => {
  const { screen, saves } = await draw(LABELS);
  await field('bug').fill('it crashes');
  await screen.unmount();
  await vi.waitFor(() => expect(saves).toEqual([{ bug: 'it crashes' }]));
});

test('many lines are pasted at once, and taken back at once', async () => {
  const { saves, toasts } = await draw(LABELS, { refund: 'old' });
  await field('account').click();
  const data = new DataTransfer();
  data.setData('text/plain', 'refund: my money back\nbug: it crashes\nparcel: late');
  document.activeElement?.dispatchEvent(
    new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
  );
  await expect.element(field('refund')).toHaveValue('my money back');
  expect(saves).toEqual([{ refund: 'my money back', bug: 'it crashes' }]);
  expect(toasts[0]?.message).toBe('2 descriptions pasted. 1 line found no label: «parcel: late».');
  toasts[0]?.undo?.();
  await expect.element(field('refund')).toHaveValue('old');
  await expect.element(field('bug')).toHaveValue('');
});

test('names that say nothing are told, and no longer once they are described', async () => {
  const { screen, cells } = await draw(['ABBR', '0', 'Bug', 'bug', 'refund']);
  const hint = (): string => screen.container.querySelector('.panel-head')?.textContent ?? '';
  expect(hint()).toMatch(/«0» and «ABBR»\s+read like codes; their names say nothing/);
  expect(hint()).toMatch(/«Bug» and «bug» differ in case/);
  expect(cells()).toEqual(['Says nothing', 'Says nothing', 'Says nothing', 'Says nothing', 'Name only']);
  await expect.element(field('ABBR')).toHaveAttribute('placeholder', 'in words: what «ABBR» stands for');
  await expect.element(field('refund')).toHaveAttribute('placeholder', 'the name alone: refund');
  await field('Bug').fill('it crashes');
  await userEvent.keyboard('{Enter}');
  await expect.poll(hint).not.toContain('differ in case');
});

test('five hundred labels are turned by pages and searched; Enter goes on over the end of a page', async () => {
  const labels = Array.from({ length: 500 }, (_, i) => `intent ${String(i).padStart(3, '0')}`);
  const { screen, saves } = await draw(labels, { 'intent 321': 'a needle' });
  const shown = (): number => screen.container.querySelectorAll('tbody tr').length;
  expect(shown()).toBe(20);
  await field('intent 019').fill('where is my parcel');
  await userEvent.keyboard('{Enter}');
  await expect.element(field('intent 020')).toHaveFocus();
  // What was typed in a field that went with its page is kept.
  await vi.waitFor(() => expect(saves).toEqual([{ 'intent 019': 'where is my parcel' }]));
  await userEvent.keyboard('{ArrowUp}');
  await expect.element(field('intent 019')).toHaveFocus();
  await expect.element(field('intent 019')).toHaveValue('where is my parcel');
  await page.getByLabelText('Search labels').fill('NEEDLE');
  expect(shown()).toBe(1);
  await expect.element(field('intent 321')).toBeVisible();
  await page.getByLabelText('Search labels').fill('');
  await page.getByRole('button', { name: /Name only/ }).click();
  await expect.element(page.getByText('1 to 20 of 498 labels')).toBeVisible();
});

test('a label that this version does not have keeps its description until it is taken away', async () => {
  const { cells } = await draw(LABELS, { gone: 'of before' });
  await expect.element(page.getByText('none now')).toBeVisible();
  expect(cells()).toHaveLength(4);
  await field('gone').fill('');
  // Saved, but not taken from under the cursor.
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText(/^Saved/)).toBeVisible();
  await expect.element(field('gone')).toHaveFocus();
  await userEvent.keyboard('{Tab}');
  await expect.element(page.getByText('none now')).not.toBeInTheDocument();
});

test('a field keeps the focus while its words no longer match the search, and goes when it is left', async () => {
  const labels = Array.from({ length: 30 }, (_, i) => `intent ${String(i).padStart(2, '0')}`);
  const { screen, saves } = await draw(labels, { 'intent 07': 'a needle', 'intent 09': 'another needle' });
  await page.getByLabelText('Search labels').fill('needle');
  await field('intent 07').fill('hay');
  await expect.element(field('intent 07')).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.element(field('intent 09')).toHaveFocus();
  await expect.poll(() => screen.container.querySelectorAll('tbody tr').length).toBe(1);
  expect(saves).toEqual([{ 'intent 07': 'hay' }]);
});

test('all fields are gone through by Tab, in order, from the head of the panel', async () => {
  const { screen } = await draw(LABELS, { bug: 'it crashes' });
  screen.container.querySelector<HTMLElement>('h2')?.focus();
  for (const label of LABELS) {
    await userEvent.keyboard('{Tab}');
    await expect.element(field(label)).toHaveFocus();
  }
  await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
  await expect.element(field('bug')).toHaveFocus();
});
