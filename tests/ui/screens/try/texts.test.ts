import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors';
import { MAX_MEBIBYTES, readTexts } from '../../../../src/ui/screens/try/texts';

const read = (name: string, content: BlobPart) => readTexts(new File([content], name));

describe('readTexts', () => {
  test('plain text is one text a line, blank lines left out', async () => {
    expect(await read('a.txt', '\uFEFFone\r\n\r\n two \n')).toEqual({
      texts: ['one', ' two '],
      lines: [1, 3],
      field: null,
      skipped: 0,
    });
  });

  test('JSONL is read by the key that training knows, faulty lines are skipped and counted', async () => {
    const file = await read('a.jsonl', '{"Text":"one","label":"x"}\n{"text": 3}\nnot json\n"two"\n');
    expect(file).toEqual({ texts: ['one', 'two'], lines: [1, 4], field: 'Text', skipped: 2 });
  });

  test('a chat is answered by what the user said', async () => {
    const line = JSON.stringify({
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'hello' },
      ],
    });
    expect((await read('a.jsonl', line)).texts).toEqual(['hello']);
  });

  test('a JSON array may hold texts or records', async () => {
    expect(await read('a.json', '["one", {"sentence": "two"}, 3]')).toMatchObject({
      texts: ['one', 'two'],
      lines: [1, 2],
      skipped: 1,
    });
  });

  test('CSV is read by its text column, with commas and line breaks in quotes', async () => {
    const file = await read('a.csv', 'id,Text\n1,"one, with comma"\n2,"two\nlines"\n');
    expect(file).toMatchObject({ texts: ['one, with comma', 'two\nlines'], lines: [2, 3], field: 'Text' });
  });

  test('CSV without a known heading is read from the first row and column', async () => {
    expect((await read('a.csv', 'where is it,1\nanother,2\n')).texts).toEqual(['where is it', 'another']);
  });

  test('labels and keys called __proto__ do no harm', async () => {
    expect((await read('a.csv', '__proto__,text\nx,one\n')).texts).toEqual(['one']);
    expect((await read('a.jsonl', '{"__proto__": {"text": "no"}, "text": "one"}')).texts).toEqual(['one']);
  });

  test('a file without texts is refused with what was expected', async () => {
    await expect(read('empty.txt', ' \n \n')).rejects.toThrow(AppError);
    await expect(read('a.jsonl', '{"id": 1}')).rejects.toThrow(/Expected one a line/);
  });

  test('a picture is refused by name, whatever its file is called', async () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
    await expect(read('texts.txt', png)).rejects.toThrow('texts.txt begins like a PNG image. Expected texts');
  });

  test('too large a file is refused before it is read, too many texts before all are', async () => {
    const huge = { name: 'huge.csv', size: MAX_MEBIBYTES * 1024 * 1024 + 1 };
    await expect(readTexts(huge as File)).rejects.toThrow('huge.csv has 65 MB; at most 64 MB are answered at once.');
    await expect(read('many.txt', 'a\n'.repeat(100_001))).rejects.toThrow('more than 100,000 texts');
    expect((await read('most.txt', 'a\n'.repeat(100_000))).texts).toHaveLength(100_000);
  });

  test('what begins like a JSON array and is none is refused, not read in part', async () => {
    await expect(read('a.txt', '[note] one\ntwo\n')).rejects.toThrow('begins like a JSON array and is none');
    await expect(read('a.json', '["one", "tw')).rejects.toThrow('begins like a JSON array and is none');
  });

  test.each(['jsonl', 'json', 'csv', 'txt'])('10 MB of %s give way to the page and lose nothing', async (kind) => {
    const text = `ümlaut ${'x'.repeat(190)}`;
    const record = kind === 'csv' || kind === 'txt' ? text : JSON.stringify({ text });
    const lines = Array<string>(50_000).fill(record);
    const content = kind === 'json' ? `[${lines.join(',')}]` : `${kind === 'csv' ? 'text\n' : ''}${lines.join('\n')}`;
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const { texts, skipped } = await read(`a.${kind}`, content);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(10);
    expect(skipped).toBe(0);
    expect(texts).toHaveLength(50_000);
    expect(texts.every((found) => found === text)).toBe(true);
  });

  test('a reading that was cancelled stops', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(readTexts(new File(['one'], 'a.txt'), abort.signal)).rejects.toThrow(/abort/i);
  });
});
