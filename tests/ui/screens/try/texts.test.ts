import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors';
import { readTexts } from '../../../../src/ui/screens/try/texts';

describe('readTexts', () => {
  test('plain text is one text a line, blank lines left out', () => {
    expect(readTexts('a.txt', '\uFEFFone\r\n\r\n two \n')).toEqual({
      texts: ['one', ' two '],
      lines: [1, 3],
      field: null,
      skipped: 0,
    });
  });

  test('JSONL is read by the key that training knows, faulty lines are skipped and counted', () => {
    const file = readTexts('a.jsonl', '{"Text":"one","label":"x"}\n{"text": 3}\nnot json\n"two"\n');
    expect(file).toEqual({ texts: ['one', 'two'], lines: [1, 4], field: 'Text', skipped: 2 });
  });

  test('a chat is answered by what the user said', () => {
    const line = JSON.stringify({
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'hello' },
      ],
    });
    expect(readTexts('a.jsonl', line).texts).toEqual(['hello']);
  });

  test('a JSON array may hold texts or records', () => {
    expect(readTexts('a.json', '["one", {"sentence": "two"}, 3]')).toMatchObject({
      texts: ['one', 'two'],
      lines: [1, 2],
      skipped: 1,
    });
  });

  test('CSV is read by its text column, with commas and line breaks in quotes', () => {
    const file = readTexts('a.csv', 'id,Text\n1,"one, with comma"\n2,"two\nlines"\n');
    expect(file).toMatchObject({ texts: ['one, with comma', 'two\nlines'], lines: [2, 3], field: 'Text' });
  });

  test('CSV without a known heading is read from the first row and column', () => {
    expect(readTexts('a.csv', 'where is it,1\nanother,2\n').texts).toEqual(['where is it', 'another']);
  });

  test('labels and keys called __proto__ do no harm', () => {
    expect(readTexts('a.csv', '__proto__,text\nx,one\n').texts).toEqual(['one']);
    expect(readTexts('a.jsonl', '{"__proto__": {"text": "no"}, "text": "one"}').texts).toEqual(['one']);
  });

  test('a file without texts is refused with what was expected', () => {
    expect(() => readTexts('empty.txt', ' \n \n')).toThrow(AppError);
    expect(() => readTexts('a.jsonl', '{"id": 1}')).toThrow(/Expected one a line/);
  });
});
