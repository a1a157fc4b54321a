/** The page of its own on the screen: what it says while it reads itself, what it answers, what it gives back as a file. */
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { AppError } from '../../../src/core/errors';
import type { OpenPage } from '../../../src/one-page/classifier';
import OnePage from '../../../src/one-page/OnePage.svelte';
import { Theme } from '../../../src/state/theme.svelte';
import * as saving from '../../../src/ui/parts/save-file';

vi.mock(import('../../../src/ui/parts/save-file'), { spy: true });
afterEach(() => vi.restoreAllMocks());

const LABELS = ['__proto__', 'a "quoted"\nlabel', 'x'.repeat(200), ...Array.from({ length: 497 }, (_, i) => `l${i}`)];

const opened: OpenPage = {
  facts: {
    ...{ title: 'Run 1', dataset: 'Tickets', figures: ['Right: 91.0 %.'], dtype: 'int8', mapping: null, parity: null },
    notices: [{ title: 'Small model: licence', text: 'All <b>rights</b>' }],
    encoders: ['Small model'],
  },
  labels: LABELS,
  // The first label for a text with an «a», the second for others.
  ask: (texts) =>
    Promise.resolve({
      labels: [...LABELS],
      tuned: texts.map((text) => LABELS.map((_, i) => (i === (text.includes('a') ? 0 : 1) ? 0.75 : 0.25 / 499))),
      ...{ base: [], tokens: texts.map(() => 3), cut: texts.map(() => false), elapsedMs: 5 },
    }),
};

const draw = (open: (tell: (done: number, total: number) => void) => Promise<OpenPage>) =>
  render(OnePage, { theme: new Theme(), open });

test('a text that is typed while the model is still read is answered when it is there', async () => {
  let ready = (_: OpenPage): void => undefined;
  await draw((tell) => {
    tell(1, 4);
    return new Promise((resume) => (ready = resume));
  });
  await expect.element(page.getByText('Reading the model out of this file, 25 %')).toBeVisible();
  await page.getByRole('textbox', { name: 'Text to sort' }).fill('tea');
  await expect.element(page.getByText('The answer comes when the model is read.')).toBeVisible();
  ready(opened);
  await expect.element(page.getByText('__proto__').first()).toBeVisible();
  await expect.element(page.getByText('75.0 %').first()).toBeVisible();
  await expect.element(page.getByText(/^Run 1: 500 labels, tuned with Hone from Small model\./)).toBeVisible();
  await page.getByRole('textbox', { name: 'Text to sort' }).fill('tee');
  await expect.element(page.getByRole('rowheader').first()).toHaveTextContent('a "quoted" label');
  await page.getByRole('button', { name: 'Show all 500 labels' }).click();
  expect(page.getByRole('rowheader').elements()).toHaveLength(500);
  await page.getByText('Small model: licence').click();
  await expect.element(page.getByText('All <b>rights</b>')).toBeVisible();
});

test('lines that were pasted are each answered and come back as CSV, no cell a formula', async () => {
  const saved = vi.mocked(saving.saveFile).mockReturnValue();
  await draw(() => Promise.resolve(opened));
  const box = page.getByRole('textbox', { name: 'Text to sort' });
  await box.fill('one line');
  expect(page.getByRole('button', { name: /^Answer these/ }).elements()).toHaveLength(0);
  await box.fill('=HYPERLINK("x")\n\ntea, please');
  await page.getByRole('button', { name: 'Answer these 2 lines' }).click();
  await page.getByRole('button', { name: 'Save the answers' }).click();
  const [name, csv] = saved.mock.calls[0] ?? expect.fail('Nothing was saved.');
  expect(name).toBe('pasted-answers.csv');
  expect(csv).toBe(
    'line,text,answer,confidence\r\n1,"\'=HYPERLINK(""x"")","a ""quoted""\nlabel",0.75\r\n3,"tea, please",__proto__,0.75\r\n',
  );
});

test('a file that is not whole says so, and asks for nothing', async () => {
  await draw(() => Promise.reject(new AppError('model-damaged', 'Its end is missing.')));
  await expect.element(page.getByRole('heading', { level: 1, name: 'This page cannot answer' })).toBeVisible();
  await expect.element(page.getByText('Its end is missing.')).toBeVisible();
  expect(page.getByRole('textbox').elements()).toHaveLength(0);
});
