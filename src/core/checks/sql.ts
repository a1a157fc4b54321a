/** The answer, or one field of it, is SQL that a parser reads: no table has to exist. */
import { type CheckKind, type SqlParser, textOf } from './check';
import { parsedJson } from './json';
import { areEnough } from './suggesting';

/** What SQL of a data set begins with: the parser is not loaded for answers of which none does. */
const SQL_START = /^\s*\(*\s*(?:select|with|insert|update|delete|create|alter|drop|values|replace)\b/i;

export const sqlCheck: CheckKind = {
  id: 'sql',
  title: 'SQL parses',
  what: 'The answer is SQL without a syntax error, as SQLite reads it. Tables and columns need not exist.',
  fields: [
    {
      ...{ key: 'field', label: 'Field', kind: 'line', start: '' },
      hint: 'Where answers are JSON objects: the field that holds the SQL. Empty: the whole answer.',
    },
  ],
  detail(parameters) {
    const field = textOf(parameters, 'field');
    return field === '' ? 'SQLite' : `the field ${field}, SQLite`;
  },
  fault: () => null,
  async judge(parameters, tools) {
    const parses = await tools.sql();
    const field = textOf(parameters, 'field');
    return (answer) => judged(parses, field === '' ? answer : fieldOf(answer, field));
  },
  async suggest(answers, tools) {
    for (const field of ['', ...stringFields(answers[0] ?? '')]) {
      const texts = answers.map((answer) => (field === '' ? answer : fieldOf(answer, field)));
      if (!areEnough(texts.filter((text) => text !== null && SQL_START.test(text)).length, answers.length)) continue;
      const parses = await tools.sql();
      const passed = texts.filter((text) => judged(parses, text) === true).length;
      if (!areEnough(passed, answers.length)) continue;
      const what = field === '' ? 'SQL that SQLite reads' : `objects whose «${field}» is SQL that SQLite reads`;
      return { parameters: { field }, passed, what };
    }
    return null;
  },
};

function judged(parses: SqlParser, text: string | null): boolean | null {
  return text === null ? false : parses(text);
}

/** A text field of an answer that is a JSON object; null where there is none. */
function fieldOf(answer: string, field: string): string | null {
  const entry = entriesOf(answer).find(([key]) => key === field)?.[1];
  return typeof entry === 'string' ? entry : null;
}

function stringFields(answer: string): string[] {
  return entriesOf(answer).flatMap(([key, value]) => (typeof value === 'string' ? [key] : []));
}

function entriesOf(answer: string): [string, unknown][] {
  const value = parsedJson(answer);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
