import { describe, expect, test } from 'vitest';
import type { CheckTools, ParameterValue } from '../../../src/core/checks/check';
import { judgeAnswers } from '../../../src/core/checks/judge-answers';
import { CHECK_KINDS, checkKind, suggestChecks } from '../../../src/core/checks/registry';
import { AppError } from '../../../src/core/errors';
import { nodeCheckTools } from '../../helpers/check-tools';

const offline: CheckTools = { sql: () => Promise.reject(new AppError('not-found', 'No network.')) };

async function passes(
  kind: string,
  parameters: Record<string, ParameterValue>,
  answers: string[],
  wanted = 'Wanted.',
): Promise<(boolean | null)[]> {
  const texts = answers.map((answer) => ({ answer, wanted }));
  const [judged] = await judgeAnswers(texts, [{ kind, parameters, reason: '' }], nodeCheckTools);
  return judged?.fault === null ? judged.passed : [];
}

const fault = (kind: string, parameters: Record<string, ParameterValue>): string | null =>
  checkKind(kind)?.fault(parameters) ?? null;

describe('each kind', () => {
  test('JSON: an object or a list and nothing else', async () => {
    expect(await passes('json', {}, ['{"a":1}', ' [1]\n', '{"a":1} ok', '{a:1}', '12', '"x"', 'null', ''])).toEqual([
      ...[true, true, false, false, false, false, false, false],
    ]);
  });

  test('JSON Schema: by the schema given', async () => {
    const schema =
      '{"type":"object","required":["sql"],"properties":{"sql":{"type":"string"},"limit":{"type":"number"}}}';
    expect(await passes('json-schema', { schema }, ['{"sql":"x"}', '{"sql":1}', '{}', 'x'])).toEqual([
      ...[true, false, false, false],
    ]);
    expect(checkKind('json-schema')?.detail({ schema })).toBe('sql: string, limit: number');
    expect(fault('json-schema', { schema: '{' })).toBe('The schema is not JSON itself.');
    expect(fault('json-schema', { schema: '{"format":"date","typ":1}' })).toBe(
      '#: «format» is not understood here. And 1 more.',
    );
  });

  test('SQL: of the whole answer or of one field', async () => {
    expect(
      await passes('sql', { field: '' }, ['SELECT a FROM b', 'SELECT a FROM b WHERE', 'Sure! SELECT 1', '']),
    ).toEqual([...[true, false, false, false]]);
    const answers = ['{"sql":"SELECT 1"}', '{"sql":"SELEC 1"}', '{"other":"SELECT 1"}', 'SELECT 1', '{"sql":1}'];
    expect(await passes('sql', { field: 'sql' }, answers)).toEqual([true, false, false, false, false]);
    expect(checkKind('sql')?.detail({ field: 'sql' })).toBe('the field sql, SQLite');
  });

  test('equals: letter by letter or nearly', async () => {
    expect(await passes('equals', { strict: true }, ['Wanted.', 'wanted', ' Wanted. '])).toEqual([true, false, true]);
    expect(await passes('equals', { strict: false }, ['wanted', 'wanting'])).toEqual([true, false]);
  });

  test('contains: with and without case, and turned round', async () => {
    const answers = ['So sorry.', 'SORRY', 'fine'];
    expect(await passes('contains', { text: 'sorry' }, answers)).toEqual([true, true, false]);
    expect(await passes('contains', { text: 'sorry', case: true }, answers)).toEqual([true, false, false]);
    expect(await passes('contains', { text: 'sorry', not: true }, answers)).toEqual([false, false, true]);
    expect(fault('contains', { text: '' })).toBe('Say which text.');
  });

  test('pattern: in part, as a whole, without case, turned round', async () => {
    const answers = ['Dear Ann,', 'dear', 'Oh dear'];
    expect(await passes('pattern', { pattern: '[Dd]ear', case: true }, answers)).toEqual([true, true, true]);
    expect(await passes('pattern', { pattern: 'dear', case: true }, answers)).toEqual([false, true, true]);
    expect(await passes('pattern', { pattern: 'dear', case: false }, answers)).toEqual([true, true, true]);
    expect(await passes('pattern', { pattern: 'dear', case: false, whole: true }, answers)).toEqual([
      false,
      true,
      false,
    ]);
    expect(await passes('pattern', { pattern: '^Dear', case: true, not: true }, answers)).toEqual([false, true, true]);
    expect(fault('pattern', { pattern: '(?=a)' })).toMatch(/Look-ahead/);
  });

  test('length: in words or characters, from a least to a most', async () => {
    const answers = ['one', 'one two', 'one two three'];
    expect(await passes('length', { least: 2, most: '', unit: 'words' }, answers)).toEqual([false, true, true]);
    expect(await passes('length', { least: '', most: 2, unit: 'words' }, answers)).toEqual([true, true, false]);
    expect(await passes('length', { least: 4, most: 7, unit: 'characters' }, [...answers, '😀😀😀😀'])).toEqual([
      ...[false, true, false, true],
    ]);
    expect(fault('length', { least: '', most: '', unit: 'words' })).toBe('Give a least or a most.');
    expect(fault('length', { least: 3, most: 2, unit: 'words' })).toBe('The least is more than the most.');
    expect(checkKind('length')?.detail({ least: 2, most: '', unit: 'words' })).toBe('at least 2 words');
  });
});

test('every kind has an id of its own, and its fields begin with a value of their kind', () => {
  expect(new Set(CHECK_KINDS.map(({ id }) => id)).size).toBe(CHECK_KINDS.length);
  for (const { fields } of CHECK_KINDS) {
    for (const { kind, start, options } of fields) {
      expect(typeof start).toBe(kind === 'flag' ? 'boolean' : 'string');
      if (kind === 'choice') expect(options?.some(({ value }) => value === start)).toBe(true);
    }
  }
});

test('each check judges by its own parameters, and one that cannot judge says why without harm to the others', async () => {
  const specs = [
    { kind: 'contains', parameters: { text: 'a' }, reason: '' },
    { kind: 'sql', parameters: { field: '' }, reason: '' },
    { kind: 'none-such', parameters: {}, reason: '' },
    { kind: 'contains', parameters: { text: 'b' }, reason: '' },
  ];
  const judged = await judgeAnswers([{ answer: 'a', wanted: '' }], specs, offline);
  expect(judged.map(({ passed }) => passed)).toEqual([[true], [null], [null], [false]]);
  expect(judged.map(({ fault: why }) => why)).toEqual([
    ...[null, 'No network.', 'This page does not know the check «none-such».', null],
  ]);
});

describe('what rows suggest', () => {
  const many = (answer: (row: number) => string, rows = 30): string[] =>
    Array.from({ length: rows }, (_, row) => answer(row));
  const kinds = async (answers: string[], tools = nodeCheckTools): Promise<string[]> =>
    (await suggestChecks(answers, tools)).map(({ kind }) => kind);

  test('JSON and its shape, and SQL within, each with its reason', async () => {
    const found = await suggestChecks(
      many((row) => JSON.stringify({ sql: `SELECT ${row} FROM t`, ...(row % 2 === 0 && { limit: row }) })),
      nodeCheckTools,
    );
    expect(found.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['json', 'All 30 training answers are JSON.'],
      ['json-schema', 'All 30 training answers are JSON objects of this shape.'],
      ['sql', 'All 30 training answers are objects whose «sql» is SQL that SQLite reads.'],
    ]);
    expect(JSON.parse(String(found[1]?.parameters['schema']))).toEqual({
      type: 'object',
      properties: { sql: { type: 'string' }, limit: { type: 'number' } },
      required: ['sql'],
      additionalProperties: false,
    });
    expect(found[2]?.parameters).toEqual({ field: 'sql' });
  });

  test('the reason says which answers were looked at', async () => {
    const looked = { one: 'answer looked at', many: 'answers looked at' };
    const reasons = async (answers: string[]) =>
      (await suggestChecks(answers, nodeCheckTools, looked)).map(({ reason }) => reason);
    expect(await reasons(many(() => '[1]'))).toEqual(['All 30 answers looked at are JSON.']);
    expect(await reasons(['[1]'])).toEqual(['The one answer looked at is JSON.']);
  });

  test('one odd row in thirty does not hide what the others are, and is counted; two do', async () => {
    const [sql] = await suggestChecks(
      many((row) => (row === 7 ? 'SELECT 1 > ALL (SELECT 2)' : `SELECT ${row}`)),
      nodeCheckTools,
    );
    expect(sql).toEqual({
      ...{ kind: 'sql', parameters: { field: '' } },
      reason: '29 of 30 training answers are SQL that SQLite reads.',
    });
    expect(await kinds(many((row) => (row < 2 ? 'SELECT FROM' : `SELECT ${row}`)))).toEqual([]);
  });

  test('nothing of prose, of numbers, of nothing, and SQL without its parser', async () => {
    expect(await kinds(many((row) => `Select the best of ${row}.`))).toEqual([]);
    expect(await kinds(many(String))).toEqual([]);
    expect(await kinds([])).toEqual([]);
    expect(await kinds(many(() => ''))).toEqual([]);
    expect(
      await kinds(
        many((row) => `SELECT ${row}`),
        offline,
      ),
    ).toEqual([]);
  });
});
