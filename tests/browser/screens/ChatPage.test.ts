/** A talk with base and tuned side by side, over a client that is made up. */
import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { ChatAnswer, ChatQuestion, ChatWay } from '../../../src/core/run/chat';
import { findModel } from '../../../src/core/models/registry';
import type { Run } from '../../../src/core/run/record';
import type { Hone } from '../../../src/state/hone.svelte';
import ChatPage from '../../../src/ui/screens/try/ChatPage.svelte';
import WithHone from '../../helpers/WithHone.svelte';

type Options = { signal: AbortSignal; onText: (way: ChatWay, text: string) => void };

const told = (text: string, more: Partial<ChatAnswer> = {}): ChatAnswer => ({
  ...{ text, tokens: 4, promptTokens: 20, ended: 'end', tokensPerSecond: 25.4 },
  ...more,
});

const corrected: unknown[] = [];

/** The page over an answerer; what it was asked, in order. */
async function draw(answer: (question: ChatQuestion, options: Options) => Promise<unknown>) {
  const asked: ChatQuestion[] = [];
  corrected.length = 0;
  const hone = {
    models: { entry: () => findModel('SmolLM2-135M-Instruct') },
    router: { href: () => '#', go: () => undefined },
    toasts: { show: () => undefined },
    datasets: {
      byId: () => ({ name: 'house-style', currentVersion: 3, versions: [{ number: 3, rowCount: 320 }] }),
    },
    chats: {
      correct: (...given: unknown[]) => Promise.resolve(void corrected.push(given)),
      ask(question: ChatQuestion, options: Options) {
        asked.push(structuredClone(question));
        return answer(question, options);
      },
    },
  } as unknown as Hone;
  const run = {
    ...{ id: 'r', name: 'Run 2', method: 'generation-adapter', modelId: 'SmolLM2-135M-Instruct' },
    ...{ datasetId: 'd', datasetName: 'house-style', datasetVersion: 3, settings: { seed: 7 } },
  } as unknown as Run;
  await render(WithHone, { hone, component: ChatPage, given: { run, usable: [run] } });
  return asked;
}

const bubble = (way: 'Base' | 'Tuned') => page.getByRole('article', { name: way }).last();
const both = async (question: ChatQuestion, { onText }: Options) => {
  for (const way of question.ways) onText(way, `${way} says`);
  return { base: told('base says so'), tuned: told('tuned says so', { ended: 'limit' }) };
};

test('one question goes to both with one seed, and each goes on from its own answers', async () => {
  const asked = await draw(both);
  await page.getByText('System message', { exact: true }).click();
  await page.getByRole('textbox', { name: 'System message' }).fill('Be short.');
  const message = page.getByRole('textbox', { name: 'Message', exact: true });
  await message.fill('Where is it?');
  await userEvent.keyboard('{Enter}');
  await expect.element(bubble('Tuned')).toHaveTextContent('tuned says so');
  await expect.element(bubble('Base')).toHaveTextContent('base says so');
  await expect.element(bubble('Tuned')).toHaveTextContent('4 tokens, 25/s');
  await expect.element(bubble('Tuned')).toHaveTextContent('Cut at the longest answer.');
  await message.fill('And now?');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.element(page.getByText('24 of 8,192 tokens')).toBeVisible();
  expect(asked.map(({ ways, decoding }) => [ways, decoding.seed, decoding.temperature])).toEqual([
    [['base', 'tuned'], 7, 0],
    [['base', 'tuned'], 7, 0],
  ]);
  expect(asked[1]?.conversations.tuned.messages.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    'system: Be short.',
    'user: Where is it?',
    'assistant: tuned says so',
    'user: And now?',
  ]);
  expect(asked[1]?.conversations.base.messages[2]?.content).toBe('base says so');
});

test('words come as they are written; Stop takes the place of Send, and what was written stays', async () => {
  const stopped = vi.fn();
  await draw((_, { onText, signal }) => {
    onText('base', 'The first');
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped();
        reject(new Error('Stopped.'));
      });
    });
  });
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Hello');
  await userEvent.keyboard('{Enter}');
  await expect.element(bubble('Base')).toHaveTextContent('The first');
  await expect.element(bubble('Base')).toHaveAttribute('aria-busy', 'true');
  await expect.element(page.getByRole('button', { name: 'Send' })).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'Stop' }).click();
  expect(stopped).toHaveBeenCalledOnce();
  await expect.element(page.getByRole('button', { name: 'Send' })).toBeVisible();
  await expect.element(bubble('Base')).toHaveTextContent('Stopped before its end.');
  await expect.element(bubble('Tuned')).toHaveTextContent('not begun');
  await expect.element(page.getByText('No answer')).not.toBeInTheDocument();
});

test('again asks one of them with the next seed; at temperature 0 it would write the same and is off', async () => {
  const asked = await draw(both);
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Hello');
  await userEvent.keyboard('{Enter}');
  const again = bubble('Tuned').getByRole('button', { name: 'Again' });
  await expect.element(again).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('slider', { name: 'Temperature' }).fill('0.7');
  await page.getByRole('textbox', { name: 'Longest answer, tokens' }).fill('64');
  await page.getByRole('textbox', { name: 'Seed' }).fill('1.5');
  await expect.element(page.getByRole('alert')).toHaveTextContent('Seed: a whole number');
  await again.click();
  expect(asked[1]).toMatchObject({ ways: ['tuned'], decoding: { seed: 8, temperature: 0.7, maxNewTokens: 64 } });
});

test('a question that could not be answered says why and comes back into the field', async () => {
  await draw(() => Promise.reject(new Error('The talk has 9,000 tokens.')));
  const message = page.getByRole('textbox', { name: 'Message', exact: true });
  await message.fill('Hello');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('alert')).toHaveTextContent('No answer');
  await expect.element(message).toHaveValue('Hello');
});

test('an answer is corrected under it: question and correction become a row of the data set', async () => {
  await draw(both);
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Where is it?');
  await userEvent.keyboard('{Enter}');
  const correct = bubble('Tuned').getByRole('button', { name: 'Correct this answer' });
  await correct.click();
  await expect.element(page.getByText('becomes row 321 of house-style, version 4')).toBeVisible();
  const field = page.getByRole('textbox', { name: 'What it should have said' });
  await expect.element(field).toHaveValue('tuned says so');
  await field.fill('It is on its way.');
  await page.getByRole('button', { name: 'Add the row' }).click();
  await expect.element(field).not.toBeInTheDocument();
  expect(corrected).toEqual([['d', [{ role: 'user', content: 'Where is it?' }], 'It is on its way.']]);
});
