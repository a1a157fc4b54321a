import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { Nearest } from '../../../src/core/run/nearest';
import type { Run } from '../../../src/core/run/record';
import { NearestRows } from '../../../src/state/nearest-rows.svelte';
import type { NearestQuestion } from '../../../src/worker/nearest-client';

const FOUND: Nearest = { kind: 'rows', near: [], encoders: ['m'], asAnswered: true, rows: 3 };
const UNREAD: Nearest = { kind: 'unread', texts: 3, missing: 2 };

interface Asked {
  question: NearestQuestion;
  signal: AbortSignal | undefined;
  tell: (done: number, total: number) => void;
  answer: (nearest: Nearest) => void;
  fail: (error: Error) => void;
}

function harness(device: { webgpu: object | null; reason: string | null } = { webgpu: null, reason: null }) {
  const asked: Asked[] = [];
  let ended = 0;
  const rows = new NearestRows(
    {
      nearest: (question, { signal, onProgress } = {}) =>
        new Promise<Nearest>((answer, fail) =>
          asked.push({ question, signal, answer, fail, tell: (done, total) => onProgress?.(done, total) }),
        ),
      end: () => ended++,
    },
    device as never,
  );
  const run = (backend: string): Pick<Run, 'id' | 'request'> => ({ id: 'r', request: { backend } as never });
  return { rows, asked, run, ended: () => ended };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('what is typed while a question is under way is asked next, and only the last of it', async () => {
  const { rows, asked, run } = harness();
  rows.open(run('wasm'));
  for (const text of ['a', 'ab', 'abc']) rows.show(text);
  expect(asked.map(({ question }) => question.text)).toEqual(['a']);
  asked[0]?.answer(FOUND);
  await settled();
  expect(asked.map(({ question }) => question.text)).toEqual(['a', 'abc']);
  asked[1]?.answer(FOUND);
  await vi.waitFor(() => expect(rows.answer?.text).toBe('abc'));
  expect(rows.working).toBe(false);
});

test('how far reading is, is told until it is done', async () => {
  const { rows, asked, run } = harness();
  rows.open(run('wasm'));
  rows.show('a');
  asked[0]?.tell(3, 10);
  expect(rows.progress).toEqual({ done: 3, total: 10 });
  asked[0]?.tell(10, 10);
  expect(rows.progress).toBeNull();
});

test('many rows are read only when that is asked for, for the same text', async () => {
  const { rows, asked, run } = harness();
  rows.open(run('wasm'));
  rows.show('a');
  asked[0]?.answer(UNREAD);
  await vi.waitFor(() => expect(rows.answer?.nearest).toBe(UNREAD));
  rows.readAll();
  expect(asked[1]?.question).toMatchObject({ text: 'a', readAll: true });
  rows.stop();
  expect(asked[1]?.signal?.aborted).toBe(true);
});

test('a run of the GPU is compared on the GPU where there is a trusted one', () => {
  for (const [device, expected] of [
    [{ webgpu: {}, reason: null }, 'webgpu'],
    [{ webgpu: {}, reason: 'it computes wrongly' }, 'wasm'],
    [{ webgpu: null, reason: 'none' }, 'wasm'],
  ] as const) {
    const { rows, asked, run } = harness(device);
    rows.open(run('webgpu'));
    rows.show('a');
    expect(asked[0]?.question.backend).toBe(expected);
  }
});

test('an empty text has no rows, a fault is kept until the next answer, and closing ends the worker', async () => {
  const { rows, asked, run, ended } = harness();
  rows.open(run('wasm'));
  rows.show('a');
  asked[0]?.fail(new AppError('not-found', 'gone'));
  await vi.waitFor(() => expect(rows.fault?.message).toBe('gone'));
  rows.show('b');
  asked[1]?.answer(FOUND);
  await vi.waitFor(() => expect(rows.answer?.text).toBe('b'));
  expect(rows.fault).toBeNull();
  rows.show('  ');
  expect(rows.answer).toBeNull();
  const before = ended();
  rows.close();
  expect(ended()).toBe(before + 1);
  rows.show('c');
  await settled();
  expect(asked).toHaveLength(2);
});
