/** The report of written answers: checks picked, answers filtered and turned over, the blind vote by keys. Storage is made up. */
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { CheckSpec } from '../../../src/core/checks/check';
import type { BlindVote } from '../../../src/core/report/generation/blind-vote';
import type { GenerationReport } from '../../../src/core/report/report';
import type { Run } from '../../../src/core/run/record';
import type { Hone } from '../../../src/state/hone.svelte';
import GenerationPage from '../../../src/ui/screens/report/generation/GenerationPage.svelte';
import { generationReport, type SampleRun, wantedOf } from '../../helpers/generation-sample';
import WithHone from '../../helpers/WithHone.svelte';

const answers: NonNullable<SampleRun['answers']> = {
  base: () => 'nothing of it',
  few_shot: (row) => wantedOf(row).split(' ').slice(0, 2).join(' '),
  tuned: (row) => (row < 16 ? wantedOf(row) : 'zzz'),
};

/** The page over a report; what was asked to be judged, and each vote that was kept. */
async function draw(report: GenerationReport = generationReport({ answers }), kept: BlindVote | null = null) {
  const judged: CheckSpec[][] = [];
  const votes: (BlindVote | null)[] = [];
  const hone = {
    router: { href: () => '#', route: {} },
    toasts: { show: () => undefined },
    judgements: {
      judge: (_: string, checks: CheckSpec[]) => Promise.resolve(void judged.push(checks)),
      voting: () => Promise.resolve(kept),
      vote: (_: string, vote: BlindVote | null) => Promise.resolve(void votes.push(vote)),
    },
  } as unknown as Hone;
  const run = { id: 'r', name: 'Run 2', request: { choices: null } } as unknown as Run;
  await render(WithHone, { hone, component: GenerationPage, given: { run, report } });
  return { judged, votes };
}

const items = () =>
  page.getByRole('region', { name: 'Answer by answer' }).getByRole('list').first().getByRole('listitem');

test('a check is picked by kind; what is wrong with it is said, and only a whole one is judged', async () => {
  const { judged } = await draw();
  await page.getByRole('button', { name: 'Add a check' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a check' });
  await dialog.getByLabelText('Check', { exact: true }).selectOptions('Contains a text');
  await dialog.getByRole('button', { name: 'Judge the answers by it' }).click();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('Say which text.');
  expect(judged).toEqual([]);
  await dialog.getByLabelText('Text', { exact: true }).fill('sorry');
  await dialog.getByLabelText('Must not contain it').click();
  await dialog.getByRole('button', { name: 'Judge the answers by it' }).click();
  expect(judged).toEqual([[{ kind: 'contains', parameters: { text: 'sorry', case: false, not: true }, reason: '' }]]);
  await expect.element(dialog).not.toBeInTheDocument();
});

test('answers are filtered, sorted and turned over; what is not wanted is struck', async () => {
  await draw();
  await expect.element(page.getByText('1 to 10 of 20')).toBeVisible();
  await page.getByRole('button', { name: 'Next answers' }).click();
  await expect.element(page.getByText('11 to 20 of 20')).toBeVisible();
  await page.getByRole('button', { name: /^Lost/ }).click();
  await expect.element(items().first()).toHaveTextContent('zzz');
  const struck = items().first().element().querySelectorAll('del');
  expect(Array.from(struck, ({ textContent }) => textContent)).toContain('zzz');
  await page.getByRole('button', { name: 'By line' }).click();
  await expect.element(items().first()).toHaveTextContent('Line 18');
  await page.getByRole('button', { name: 'All 20' }).click();
  await expect.element(items().first()).toHaveTextContent('Line 2');
});

test('the vote goes by keys, steps back, stops and goes on; each choice is kept and names come last', async () => {
  const { votes } = await draw();
  await page.getByRole('button', { name: 'Begin the vote' }).click();
  await expect.element(page.getByRole('group', { name: 'Pair 1 of 20' })).toHaveFocus();
  await userEvent.keyboard('1');
  await userEvent.keyboard('3');
  await expect.element(page.getByText('2 of 20 done')).toBeVisible();
  await userEvent.keyboard('{Backspace}');
  await expect.element(page.getByText('1 of 20 done')).toBeVisible();
  expect(votes.map((vote) => vote?.choices)).toEqual([[], ['first'], ['first', 'equal'], ['first']]);
  const duel = page.getByRole('group', { name: 'Pair 2 of 20' });
  expect(duel.element().textContent).not.toMatch(/tuned|few-shot/i);
  await page.getByRole('button', { name: 'Stop for now' }).click();
  await page.getByRole('button', { name: 'Go on with the vote' }).click();
  for (let at = 1; at < 20; at++) await userEvent.keyboard(votes.at(-1)?.pairs[at]?.tunedFirst ? '1' : '2');
  await expect.element(page.getByText(/^Of 20 pairs you picked the tuned answer (19 times|20 times)/)).toBeVisible();
});

test('a vote that was stopped in another sitting is gone on with where it stood', async () => {
  const report = generationReport({ answers });
  const pairs = report.generation.samples.slice(0, 2).map(({ line }) => ({ line, tunedFirst: true }));
  const { votes } = await draw(report, { seed: 5, against: 'few_shot', pairs, choices: ['first'] });
  await expect.element(page.getByText('Stopped at pair 2 of 2.')).toBeVisible();
  await page.getByRole('button', { name: 'Go on with the vote' }).click();
  await page.getByRole('button', { name: 'B is better' }).click();
  expect(votes.at(-1)?.choices).toEqual(['first', 'second']);
  await expect.element(page.getByText(/picked the tuned answer once, the few-shot prompt once/)).toBeVisible();
});

test('without another way, and with an empty answer, it says so and nothing breaks', async () => {
  await draw(generationReport({ answers: { tuned: (row) => (row === 0 ? '' : 'x'.repeat(2000)) } }));
  await expect.element(page.getByText('There is no other way to vote against.')).toBeVisible();
  await page.getByRole('button', { name: 'By line' }).click();
  await expect.element(items().first()).toHaveTextContent('Nothing was written.');
  await page.getByRole('button', { name: 'Show all 2,000 characters' }).first().click();
  await expect.element(page.getByRole('button', { name: 'Show its beginning' }).first()).toBeVisible();
});
