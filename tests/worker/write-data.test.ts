import { expect, test } from 'vitest';
import type { DatasetVersion, Row } from '../../src/core/data/dataset';
import type { RunRequest } from '../../src/core/run/record';
import { autoChoices } from '../../src/core/settings/defaults';
import type { EvaluationPlan, Settings } from '../../src/core/settings/settings';
import type { ReadNeighbours } from '../../src/worker/neighbours';
import { prepareWriting } from '../../src/worker/write-data';
import { smolLm2Reader } from '../helpers/smollm2';

const reader = smolLm2Reader();
/** Texts whose places are near each other are near. */
const byNumber: ReadNeighbours = () =>
  Promise.resolve((question, among, count) =>
    Array.from(among)
      .sort((a, b) => Math.abs(a - question) - Math.abs(b - question) || a - b)
      .slice(0, count),
  );
const rows: Row[] = Array.from({ length: 60 }, (_, i) => ({
  rowId: i + 1,
  line: i + 1,
  text: `How do I return order number ${i} of shop ${(i * 7) % 11}?`,
  target: `Send it back ${'please '.repeat(1 + (i % 12))}${i}.`,
}));

function prepare(
  evaluation: EvaluationPlan,
  change: {
    rows?: Row[];
    maxLength?: number;
    prompts?: string[];
    positions?: number;
    neighbours?: ReadNeighbours;
  } = {},
) {
  const version = { rowCount: 60, labels: [], mapping: {} } as unknown as DatasetVersion;
  const { prompts } = change;
  const request: Pick<RunRequest, 'evaluation' | 'choices' | 'prompts'> = {
    ...{ evaluation, choices: autoChoices() },
    ...(prompts && { prompts }),
  };
  const settings = { seed: 3, maxLength: change.maxLength ?? 256 } as unknown as Settings;
  const read = { dataset: {} as never, version, rows: change.rows ?? rows, testFile: null };
  const tools = { reader, maxPositions: change.positions ?? 8192, neighbours: change.neighbours ?? byNumber };
  return prepareWriting(read, request as unknown as RunRequest, settings, tools);
}

const holdOut: EvaluationPlan = { folds: 1, test: { kind: 'hold-out', share: 0.2 } };

test('a share is held out, with short and long answers in it, and nothing of a group stands on both sides', async () => {
  const { plan, data, evaluation } = await prepare(holdOut);
  const held = Array.from(plan.heldOutIn.keys()).filter((row) => plan.heldOutIn[row] === 0);
  expect(held.length).toBeGreaterThanOrEqual(10);
  expect(held.length).toBeLessThanOrEqual(14);
  expect(new Set(held.map((row) => data.strata[row])).size).toBe(4);
  const groups = new Set(held.map((row) => data.groups[row]));
  expect(Array.from(data.groups).filter((group, row) => plan.heldOutIn[row] !== 0 && groups.has(group))).toEqual([]);
  expect(evaluation).toMatchObject({ kind: 'hold-out', folds: 1 });
  expect(
    plan
      .heldOut(0)
      .map(({ row }) => row)
      .sort((a, b) => a - b),
  ).toEqual(held);
});

test('prompts end where the answer begins, and examples are training rows in front of the same question', async () => {
  const { plan, data } = await prepare(holdOut);
  const { tokenizer } = reader;
  for (const { row, base, fewShot, examples, nearest } of plan.heldOut(0)) {
    const prompt = tokenizer.decode(base.prompt, { control: true });
    expect(prompt).toContain(rows[row]?.text);
    expect(prompt.endsWith('<|im_start|>assistant\n')).toBe(true);
    expect(Array.from(data.examples[row]?.ids ?? []).slice(0, base.prompt.length)).toEqual(Array.from(base.prompt));
    expect(examples).toHaveLength(3);
    for (const example of examples) expect(plan.heldOutIn[example]).not.toBe(0);
    expect(nearest?.row).toBe(examples[0]);
    expect(nearest?.text).toBe(rows[nearest?.row ?? -1]?.target);
    const long = tokenizer.decode(fewShot?.prompt ?? new Int32Array(), { control: true });
    // The nearest stands last, beside the question.
    const at = examples.map((example) => long.indexOf(rows[example]?.target ?? '?'));
    expect(at.every((place) => place > 0)).toBe(true);
    expect([...at].sort((a, b) => b - a)).toEqual(at);
    // The same tokens are scored with and without examples.
    const learned = (ids: Int32Array, trained: Uint8Array): number[] => [...ids].filter((_, i) => trained[i] === 1);
    const plain = base.example;
    expect(learned(fewShot?.example.ids ?? new Int32Array(), fewShot?.example.trained ?? new Uint8Array())).toEqual(
      learned(plain.ids, plain.trained),
    );
  }
});

test('near rows are those that the encoder says, of the texts of the rows, and never of the own fold', async () => {
  const read: string[][] = [];
  const farthest: ReadNeighbours = (texts) => {
    read.push([...texts]);
    return Promise.resolve((question, among, count) =>
      Array.from(among)
        .sort((a, b) => Math.abs(b - question) - Math.abs(a - question))
        .slice(0, count),
    );
  };
  const { plan } = await prepare({ folds: 3, test: { kind: 'none' } }, { neighbours: farthest });
  expect(read).toEqual([rows.map(({ text }) => text)]);
  for (const fold of [0, 1, 2]) {
    const others = rows.flatMap((_, row) => (plan.heldOutIn[row] === fold ? [] : [row]));
    for (const { row, examples, nearest } of plan.heldOut(fold)) {
      const far = [...others].sort((a, b) => Math.abs(b - row) - Math.abs(a - row));
      expect(examples).toEqual(far.slice(0, 3));
      expect(nearest?.row).toBe(far[0]);
    }
  }
});

test('with folds every row is held out once', async () => {
  const { plan, evaluation } = await prepare({ folds: 3, test: { kind: 'none' } });
  expect(plan.folds).toBe(3);
  expect(evaluation).toMatchObject({ kind: 'folds', folds: 3 });
  const asked = [0, 1, 2].flatMap((fold) => plan.heldOut(fold).map(({ row }) => row));
  expect([...asked].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
});

test('answers may be half as long again as the longest; probes are held-out prompts of several lengths', async () => {
  const { plan, data } = await prepare(holdOut);
  const longest = Math.max(...data.examples.map(({ trained }) => trained.reduce((sum, one) => sum + one, 0)));
  expect(plan.decoding).toMatchObject({ maxNewTokens: Math.ceil(1.5 * longest), temperature: 0, seed: 3 });
  expect(plan.probes).toHaveLength(3);
  const texts = plan.heldOut(0).map(({ row }) => rows[row]?.text);
  for (const { text } of plan.probes) expect(texts).toContain(text);
});

test('prompts of the person’s own take the place of held-out ones, behind the system message that most rows have', async () => {
  const asked = ['Where is my parcel?', '  ', 'Hi', 'One', 'One too many'];
  const { plan } = await prepare(holdOut, { prompts: asked });
  expect(plan.probes.map(({ text }) => text)).toEqual(['Where is my parcel?', 'Hi', 'One']);
  const words = (probe = plan.probes[0]) =>
    reader.tokenizer.decode(probe?.prompt ?? new Int32Array(), { control: true });
  expect(words()).toMatch(/<\|im_start\|>user\nWhere is my parcel\?<\|im_end\|>\n<\|im_start\|>assistant\n$/);
  const spoken = rows.map((row, i): Row => {
    const system = { role: 'system' as const, content: i < 40 ? 'Answer like a sailor.' : 'Answer like a judge.' };
    const turns = [
      { role: 'user' as const, content: row.text },
      { role: 'assistant' as const, content: row.target },
    ];
    return { ...row, messages: [system, ...turns] };
  });
  const { plan: sailing } = await prepare(holdOut, { rows: spoken, prompts: ['Hi'] });
  expect(words(sailing.probes[0])).toContain('Answer like a sailor.');
});

test('cut rows are counted, those without anything to learn are said, and where none has anything it is refused', async () => {
  const whole = await prepare(holdOut);
  expect(whole.data.cutRows).toBe(0);
  const short = await prepare(holdOut, { maxLength: 62 });
  expect(short.data.cutRows).toBeGreaterThan(0);
  await expect(prepare(holdOut, { maxLength: 20 })).rejects.toThrow('Raise it');
  const blank = rows.map((row, i) => (i < 2 ? { ...row, text: `${row.text} ${'again '.repeat(300)}${i}` } : row));
  const { notes } = await prepare(holdOut, { rows: blank });
  expect(notes.join(' ')).toContain('2 rows have nothing to learn');
});

test('copies of a question stay on one side though their answers differ', async () => {
  const copies = [...rows.slice(0, 30), ...rows.slice(0, 30).map((row, i) => ({ ...row, target: `Other ${i}` }))];
  const { plan } = await prepare(holdOut, { rows: copies });
  for (let i = 0; i < 30; i++) expect(plan.heldOutIn[i]).toBe(plan.heldOutIn[i + 30]);
});

test('nothing held out is refused in words', async () => {
  await expect(prepare({ folds: 1, test: { kind: 'none' } })).rejects.toThrow('Hold out a share, or use folds');
});

test('chats are asked with all that was said before the answer, and learned as they were', async () => {
  const chats = rows.map((row): Row => ({
    ...row,
    messages: [
      { role: 'system', content: 'You are the shop.' },
      { role: 'user', content: row.text },
      { role: 'assistant', content: row.target },
    ],
  }));
  const { plan, data } = await prepare(holdOut, { rows: chats });
  const { tokenizer } = reader;
  for (const { row, base } of plan.heldOut(0)) {
    const prompt = tokenizer.decode(base.prompt, { control: true });
    expect(prompt).toBe(
      `<|im_start|>system\nYou are the shop.<|im_end|>\n<|im_start|>user\n${rows[row]?.text ?? ''}<|im_end|>\n<|im_start|>assistant\n`,
    );
    const { ids, trained } = data.examples[row] ?? { ids: new Int32Array(), trained: new Uint8Array() };
    const learned = ids.filter((_, i) => trained[i] === 1);
    expect(tokenizer.decode(learned, { control: true })).toBe(`${rows[row]?.target ?? ''}<|im_end|>`);
  }
});

test('a model that reads little: examples as far as they fit, answers a quarter, and rows without room are said', async () => {
  const roomy = await prepare(holdOut);
  const lengths = roomy.plan.heldOut(0).map(({ base }) => base.prompt.length);
  const longest = Math.max(...lengths);
  const positions = 160;
  const tight = await prepare(holdOut, { positions });
  expect(tight.plan.decoding.maxNewTokens).toBeLessThanOrEqual(40);
  const room = positions - tight.plan.decoding.maxNewTokens;
  for (const { base, fewShot } of tight.plan.heldOut(0)) {
    expect(base.prompt.length).toBeLessThanOrEqual(room);
    expect(fewShot?.prompt.length ?? 0).toBeLessThanOrEqual(room);
  }
  expect(tight.plan.heldOut(0).length).toBe(lengths.filter((length) => length <= room).length);
  const none = await prepare(holdOut, { positions: longest + 10, maxLength: longest + 10 });
  const left = none.plan.heldOut(0).length;
  expect(left).toBeLessThan(lengths.length);
  expect(
    none.notes.some(
      (note) =>
        note.includes(`${lengths.length - left} held-out row`) && /no room for an answer in the \d+ tokens/.test(note),
    ),
  ).toBe(true);
  await expect(prepare(holdOut, { positions, prompts: ['word '.repeat(200)] })).rejects.toThrow(
    /^A prompt of yours has \d+ tokens, and this model has room for \d+ before its answer\. Shorten it\.$/,
  );
});
