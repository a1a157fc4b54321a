import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { importDataset } from '../../../src/core/import/import';
import { AppError } from '../../../src/core/errors';
import { appError, bytesOf, finding, goodLines, ids, importBytes, importText, streamOf } from './import-text';
import { processorMs } from '../../helpers/processor-time';

describe('files that open unchanged', () => {
  test('text and label become rows with their one-based lines', async () => {
    const result = await importText('{"text":"hi","label":"greet"}\n{"text":"bye","label":"leave"}\n');
    expect(result.rows).toEqual([
      { rowId: 1, line: 1, text: 'hi', target: 'greet' },
      { rowId: 2, line: 2, text: 'bye', target: 'leave' },
    ]);
    expect(result.task).toBe('classification');
    expect(result.mapping).toEqual({
      container: 'jsonl',
      format: 'text-label',
      textFields: ['text'],
      targetField: 'label',
      unused: [],
    });
  });

  test('instruction and input are joined with a blank line', async () => {
    const result = await importText('{"instruction":"Add","input":"1 2","output":"3"}\n');
    expect(result.rows).toEqual([{ rowId: 1, line: 1, text: 'Add\n\n1 2', target: '3' }]);
  });

  test('chats are read as the user message and the last answer', async () => {
    const chat = {
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
      ],
    };
    const plain = { rowId: 1, line: 1, text: 'q', target: 'a' };
    const written = await importText(`${JSON.stringify(chat)}\n`);
    expect(written.rows).toEqual([{ ...plain, messages: chat.messages }]);
    expect(finding(written, 'chat-reduced')).toBeUndefined();
    const labelled = await importText(`${JSON.stringify(chat)}\n`, { task: 'classification' });
    expect(labelled.rows).toEqual([plain]);
    expect(finding(labelled, 'chat-reduced')?.count).toBe(1);
  });

  test('prompts with few different short answers are classification, and generation is offered', async () => {
    const lines = Array.from({ length: 12 }, (_, i) =>
      JSON.stringify({ prompt: `p${i}`, completion: i % 2 ? ' yes' : ' no' }),
    );
    const result = await importText(lines.join('\n'));
    expect(result.task).toBe('classification');
    expect(result.labels).toEqual([
      { label: 'no', count: 6 },
      { label: 'yes', count: 6 },
    ]);
    expect(result.offers.map(({ id }) => id)).toEqual(['as-generation']);
    expect(finding(result, 'label-trimmed')?.count).toBe(12);
  });

  test('free-text answers are kept as generation', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => JSON.stringify({ prompt: `p${i}`, completion: `answer ${i}` }));
    const result = await importText(lines.join('\n'));
    expect(result.task).toBe('generation');
    expect(result.rows).toHaveLength(12);
    expect(result.labels).toEqual([]);
  });

  test('a CSV with quoted commas and line breaks is converted, and that is said', async () => {
    const result = await importText('text,label\n"Hello, world",a\n"two\nlines",b\n', { fileName: 'data.csv' });
    expect(result.rows).toEqual([
      { rowId: 2, line: 2, text: 'Hello, world', target: 'a' },
      { rowId: 3, line: 3, text: 'two\nlines', target: 'b' },
    ]);
    expect(result.mapping.container).toBe('csv');
    expect(ids(result)).toContain('converted');
  });

  test('a table cut by tabs or semicolons is told by its content', async () => {
    expect((await importText('text\tlabel\nx\ty\n')).mapping.container).toBe('tsv');
    expect((await importText('text;label\nx, z;y\n')).rows).toEqual([{ rowId: 2, line: 2, text: 'x, z', target: 'y' }]);
  });

  test('one big array is read by element, on one line or pretty-printed', async () => {
    const data = [
      { text: 'x', label: 'a' },
      { text: '[{"\\', label: 'b' },
    ];
    for (const indent of [0, 1, 2, '\t']) {
      const result = await importText(JSON.stringify(data, null, indent));
      expect(result.mapping.container).toBe('json-array');
      expect(result.rows.map(({ line, text }) => [line, text])).toEqual([
        [1, 'x'],
        [2, '[{"\\'],
      ]);
      expect(result.leftOut).toBe(0);
    }
  });

  test('pretty-printed objects are read with the line they begin at', async () => {
    const objects = [
      { text: 'x', label: 'a', meta: { deep: [{ a: 1 }] } },
      { text: 'y', label: 'b' },
    ];
    const result = await importText(objects.map((object) => JSON.stringify(object, null, 2)).join('\n'));
    expect(result.mapping.container).toBe('json-objects');
    expect(result.rows.map(({ line }) => line)).toEqual([1, 12]);
  });

  test('a broken pretty-printed object costs itself only', async () => {
    const good = JSON.stringify({ text: 'x', label: 'a' }, null, 2);
    const result = await importText([good, '{\n  "text": "never closed,\n  "label": "b"\n', good].join('\n'));
    expect(result.rows).toHaveLength(2);
    expect(result.leftOut).toBe(1);
    expect(result.leftOutRows[0]?.reason).toMatch(/^line \d+, column \d+: /);
  });

  test('label_text is shown instead of a label number', async () => {
    const result = await importText(
      '{"text":"x","label":0,"label_text":"good"}\n{"text":"y","label":1,"label_text":"bad"}\n',
    );
    expect(result.rows.map(({ target }) => target)).toEqual(['good', 'bad']);
    expect(result.mapping.targetField).toBe('label_text');
    expect(result.mapping.unused).toEqual(['label']);
  });
});

describe('bad input', () => {
  test('an empty file is refused as empty, also one of blanks or a lone byte order mark', async () => {
    for (const text of ['', '\n \r\n', '\ufeff']) {
      const error = await appError(importText(text));
      expect(error.code).toBe('file-empty');
    }
  });

  test('a PNG called data.jsonl is refused by name', async () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
    const error = await appError(importBytes(png));
    expect(error.code).toBe('file-not-text');
    expect(error.message).toContain('Expected file to have JSONL format, where every line is a JSON dictionary');
    expect(error.message).toContain('Line 1 is a PNG image');
  });

  test('three rows are too few, in the words of the hosted services', async () => {
    const few = finding(await importText(goodLines(3)), 'few-rows');
    expect(few?.severity).toBe('blocking');
    expect(few?.title).toBe('Training file has 3 examples, but must have at least 10 examples');
  });

  test('one label only is blocking', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => JSON.stringify({ text: `t${i}`, label: 'a' })).join('\n');
    expect(finding(await importText(lines), 'few-labels')?.severity).toBe('blocking');
  });

  test('BOM, CRLF and blank lines are read over and said', async () => {
    const result = await importText(`\ufeff${goodLines(12).replaceAll('\n', '\r\n')}\r\n\r\n`);
    expect(result.rows).toHaveLength(12);
    expect(result.leftOut).toBe(0);
    expect(finding(result, 'bom')).toBeDefined();
    expect(finding(result, 'line-ends')?.count).toBe(14);
    expect(finding(result, 'blank-lines')?.lines).toEqual([13, 14]);
  });

  test('line ends of the old Mac are line ends', async () => {
    expect((await importText(goodLines(12).replaceAll('\n', '\r'))).rows).toHaveLength(12);
  });

  test('trailing commas after and inside dictionaries are taken out and said', async () => {
    const result = await importText('{"text":"x","label":"a"},\n{"text":"y,}","label":"b",}\n[1,]\n');
    expect(result.rows.map(({ text }) => text)).toEqual(['x', 'y,}']);
    expect(finding(result, 'trailing-commas')?.lines).toEqual([1, 2, 3]);
    const array = await importText('[{"text":"x","label":"a"},]');
    expect(finding(array, 'trailing-commas')?.count).toBe(1);
  });

  test('lines that are not JSON are left out with line, column and reason', async () => {
    const result = await importText(`${goodLines(12)}{"text" "x","label":"a"}\nhello\n${goodLines(2)}`);
    expect(result.rows).toHaveLength(14);
    expect(result.leftOut).toBe(2);
    expect(result.leftOutRows[0]).toEqual({
      line: 13,
      reason: 'column 9: a colon is missing before this',
      excerpt: '{"text" "x","label":"a"}',
    });
    const notJson = finding(result, 'not-json');
    expect(notJson?.severity).toBe('repairable');
    expect(notJson?.lines).toEqual([13, 14]);
  });

  test('a file cut off in its last line keeps all others', async () => {
    const result = await importText(`${goodLines(12)}{"text":"half a li`);
    expect(result.rows).toHaveLength(12);
    expect(result.leftOutRows[0]?.reason).toBe('column 9: the text that begins here is never closed');
  });

  test('a first line cut off does not swallow the file', async () => {
    const result = await importText(`{"messages": [{"role":\n${goodLines(12)}`);
    expect(result.rows).toHaveLength(12);
    expect(result.leftOut).toBe(1);
  });

  test('a line that is not UTF-8 is left out with its column, the others stay', async () => {
    const bad = new Uint8Array([...bytesOf('{"text":"caf'), 0xe9, ...bytesOf('","label":"ä", "in":"Köln"}\n')]);
    const result = await importBytes(new Uint8Array([...bytesOf(goodLines(11)), ...bad, ...bytesOf(goodLines(1))]));
    expect(result.rows).toHaveLength(12);
    expect(result.leftOutRows).toMatchObject([{ line: 12, reason: 'column 13: not UTF-8' }]);
  });

  test('a 10 MB line is read within seconds, cut at 100,000 characters, and said', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(10_000_000), label: 'a' });
    const result = await importText(`${goodLines(12)}${long}\n`);
    expect(result.rows.at(-1)?.text).toHaveLength(100_000);
    expect(finding(result, 'text-capped')?.lines).toEqual([13]);
  });

  test('a line over 32 MB is left out, the lines behind it are read', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x78);
    const chunks = [bytesOf(goodLines(12)), ...Array.from({ length: 33 }, () => chunk), bytesOf(`\n${goodLines(1)}`)];
    const result = await importDataset(streamOf(...chunks), { fileName: 'x.jsonl', fileBytes: 0 });
    expect(result.rows.map(({ line }) => line).at(-1)).toBe(14);
    expect(result.leftOutRows).toMatchObject([{ line: 13, reason: 'longer than 32 MB' }]);
    expect(result.leftOutRows[0]?.excerpt.length).toBeLessThanOrEqual(120);
  });

  test('labels that are numbers or truth values become text, and numbers are said', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => JSON.stringify({ text: `t${i}`, label: i % 2 }));
    const result = await importText(lines.join('\n'));
    expect(result.labels.map(({ label }) => label)).toEqual(['0', '1']);
    expect(ids(result)).toContain('number-labels');
    expect((await importText('{"text":"x","label":true}')).rows[0]?.target).toBe('true');
  });

  test('labels and keys called __proto__ or constructor are labels and keys like any other', async () => {
    const result = await importText(
      '{"text":"x","label":"__proto__","__proto__":{"polluted":1}}\n{"text":"y","label":"constructor","constructor":1}\n',
    );
    expect(result.labels.map(({ label }) => label)).toEqual(['__proto__', 'constructor']);
    expect(result.mapping.unused).toEqual(['__proto__.polluted', 'constructor']);
    expect(Object.keys(result.rows[0] ?? {})).toEqual(['rowId', 'line', 'text', 'target']);
    expect('polluted' in {}).toBe(false);
    const table = await importText('text,__proto__\nx,a\n', {
      mapping: { textFields: ['text'], targetField: '__proto__' },
    });
    expect(table.rows).toEqual([{ rowId: 2, line: 2, text: 'x', target: 'a' }]);
  });

  test('a file without text or label does not find them on the prototype', async () => {
    const result = await importText('{"text":"x"}\n', {
      mapping: { textFields: ['text'], targetField: 'constructor' },
    });
    expect(result.rows).toEqual([]);
    expect(result.leftOutRows[0]?.reason).toBe('"constructor" is missing');
  });

  test('labels of 200 characters and 500 classes are kept, and many labels are said', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) =>
      JSON.stringify({ text: `t${i}`, label: `${i % 500}`.padStart(200, 'x') }),
    );
    const result = await importText(lines.join('\n'));
    expect(result.labels).toHaveLength(500);
    expect(result.labels[0]?.label).toHaveLength(200);
    expect(finding(result, 'many-labels')?.title).toBe('500 different labels in 1,000 rows');
  });

  test('emoji, right-to-left text, HTML and script come through unchanged', async () => {
    const texts = ['👩‍👩‍👧 ok 🇩🇪', 'שלום عالم', '<img src=x onerror=alert(1)>', '<script>alert(1)</script>'];
    const result = await importText(texts.map((text) => JSON.stringify({ text, label: text })).join('\n'), {
      fileName: '<b>x</b>.jsonl',
    });
    expect(result.rows.map(({ text }) => text)).toEqual(texts);
    expect(result.rows.map(({ target }) => target)).toEqual(texts);
  });

  test('lone surrogates are refused with their line', async () => {
    const result = await importText('{"text":"ok \\ud83d\\ude00","label":"a"}\n{"text":"half \\ud83d","label":"a"}\n');
    expect(result.rows).toHaveLength(1);
    expect(result.leftOutRows).toMatchObject([{ line: 2, reason: 'half a character in the text' }]);
  });

  test('nesting over 64 levels is left out, and deep enough to break a parser too', async () => {
    const nested = (depth: number) => `{"text":"x","label":"a","deep":${'['.repeat(depth)}${']'.repeat(depth)}}\n`;
    const result = await importText(`${nested(60)}${nested(65)}${nested(200_000)}`);
    expect(result.rows).toHaveLength(1);
    expect(result.leftOutRows.map(({ line }) => line)).toEqual([2, 3]);
    expect(result.leftOutReasons).toEqual([{ id: 'too-deep', count: 2 }]);
    expect(result.leftOutRows.every(({ reason }) => reason.includes('64 levels'))).toBe(true);
  });

  test('a list of labels is not supported, and blocking where it is not the exception', async () => {
    const result = await importText('{"text":"x","labels":["a","b"]}\n{"text":"y","labels":["a"]}\n');
    expect(finding(result, 'multi-label')?.severity).toBe('blocking');
    expect(result.rows).toEqual([{ rowId: 2, line: 2, text: 'y', target: 'a' }]);
    const rare = await importText(`${goodLines(20)}{"text":"x","label":["a","b"]}\n`);
    expect(finding(rare, 'multi-label')?.severity).toBe('repairable');
  });

  test('a preference set is recognised and not supported', async () => {
    const result = await importText('{"input":"q","preferred_output":"a","non_preferred_output":"b"}\n');
    expect(finding(result, 'preference')?.severity).toBe('blocking');
    expect(result.rows).toEqual([]);
    expect(result.leftOut).toBe(1);
  });

  test('keys in another case are one key, and it is said', async () => {
    const result = await importText('{"Text":"x","LABEL":"a"}\n{"text":"y","label":"b"}\n');
    expect(result.rows).toHaveLength(2);
    expect(result.mapping.unused).toEqual([]);
    expect(finding(result, 'key-case')?.examples[0]).toMatchObject({ line: 1, reason: '"Text" is read as "text"' });
  });

  test('extra keys are said in the words of the hosted services', async () => {
    const extra = finding(await importText('{"text":"x","label":"a","id":7}\n'), 'extra-keys');
    expect(extra?.title).toBe('Extra keys are not used: "id"');
    expect(extra?.examples[0]?.reason).toBe('Example 1 contains an extra "id"');
  });

  test('rows with an empty text, a missing label or a wrong type are left out, each with its reason', async () => {
    const result = await importText(
      '{"text":" ","label":"a"}\n{"text":"x"}\n{"text":"x","label":""}\n{"text":{},"label":"a"}\n{"text":"x","label":null}\n[1]\n"x"\n',
    );
    expect(result.rows).toEqual([]);
    expect(result.leftOutRows.map(({ reason }) => reason)).toEqual([
      'the text is empty',
      '"label" is missing',
      '"label" is empty',
      '"text" is a dictionary, not a text',
      '"label" is empty',
      'a list, not a JSON dictionary',
      'a string, not a JSON dictionary',
    ]);
  });

  test('a table row with too many cells is left out, an empty cell too many is not', async () => {
    const result = await importText('text,label\na, b,x\nc,y,\n', { fileName: 'd.csv' });
    expect(result.rows).toEqual([{ rowId: 3, line: 3, text: 'c', target: 'y' }]);
    expect(result.leftOutRows[0]?.reason).toBe('3 cells, where the header has 2');
  });

  test('a table of a header alone has no examples', async () => {
    const result = await importText('text,label\n', { fileName: 'a.csv' });
    expect(ids(result)).toEqual(['few-rows', 'converted']);
  });

  test('a file of nothing readable says what was expected', async () => {
    const result = await importText('once upon a time\nthere was a file\n', { fileName: 'a.txt' });
    expect(result.rows).toEqual([]);
    expect(finding(result, 'nothing-read')?.detail).toContain('Expected file to have JSONL format');
  });
});

describe('choices of a person', () => {
  const unknown = Array.from({ length: 12 }, (_, i) =>
    JSON.stringify({ v1: i % 2 ? 'ham' : 'spam', v2: `a long text ${i}` }),
  );
  const ids12 = Array.from({ length: 12 }, (_, i) => JSON.stringify({ id: i, at: `2026-01-${i + 10}` }));

  test('fields in which nothing reads like a text and a label are blocking, with all of them listed', async () => {
    const result = await importText(ids12.join('\n'));
    expect(finding(result, 'no-known-keys')?.severity).toBe('blocking');
    expect(result.leftOut).toBe(12);
    expect(result.fields.map(({ name, count }) => [name, count])).toEqual([
      ['id', 12],
      ['at', 12],
    ]);
    const chosen = { ...result.mapping, textFields: ['at'], targetField: 'id' };
    const again = await importText(ids12.join('\n'), { mapping: chosen });
    expect(again.rows).toHaveLength(12);
    expect(again.reading).toMatchObject({ why: 'Chosen by hand.', doubt: null });
  });

  test('fields with unknown names are read by what stands in them, and why is said', async () => {
    const result = await importText(unknown.join('\n'));
    expect(result.mapping).toMatchObject({ textFields: ['v2'], targetField: 'v1' });
    expect(result.reading.why).toContain('"v2" reads like sentences');
    expect(result.reading.examples[0]).toEqual({ line: 1, text: 'a long text 0', target: 'spam' });
  });

  test('fields chosen by hand are read although the file was not recognised', async () => {
    const { mapping } = await importText(unknown.join('\n'));
    const chosen = { ...mapping, textFields: ['v2'], targetField: 'v1' };
    const result = await importText(unknown.join('\n'), { mapping: chosen });
    expect(result.task).toBe('classification');
    expect(result.rows[0]).toEqual({ rowId: 1, line: 1, text: 'a long text 0', target: 'spam' });
  });

  test('a table without header is read from its first row by column number', async () => {
    const table = 'ham\tsee you\nspam\twin a prize\nham\tok\n';
    const mapping = { textFields: ['column 2'], targetField: 'column 1', format: 'text-label' as const };
    const result = await importText(table, { fileName: 'sms.tsv', mapping });
    expect(result.rows).toHaveLength(3);
    expect(result.rows[0]).toEqual({ rowId: 1, line: 1, text: 'see you', target: 'ham' });
    expect(result.mapping.headless).toBe(true);
    expect(ids(result)).toContain('headless');
  });

  test("whether the first row is data is a person's choice, whatever the content says", async () => {
    const table = 'text,label\nsee you,ham\nwin a prize,spam\n';
    expect((await importText(table)).fields.map(({ name }) => name)).toEqual(['text', 'label']);
    const data = await importText(table, { mapping: { headless: true } });
    expect(data.fields.map(({ name, count }) => [name, count])).toEqual([
      ['column 1', 3],
      ['column 2', 3],
    ]);
    const bare = 'ham\tsee you\nham\twin a prize\n';
    expect((await importText(bare)).fields.map(({ name }) => name)).toEqual(['column 1', 'column 2']);
    const named = await importText(bare, { mapping: { headless: false } });
    expect(named.fields.map(({ name }) => name)).toEqual(['ham', 'see you']);
  });

  test('the task of an offer is taken over', async () => {
    expect((await importText(goodLines(12), { task: 'generation' })).task).toBe('generation');
  });
});

describe('streaming', () => {
  test('where the bytes are cut into chunks does not matter', async () => {
    const files = [
      `\ufeff${goodLines(6)}{"text":"é😀","label":"ü"}\r\n\nbad\n{"text":"a","label":"b"},\n`,
      JSON.stringify([{ text: '}{', label: 'a' }, { text: '"\\"]', label: 'b' }, 3], null, 2),
      `${JSON.stringify({ text: 'x', label: 'a' }, null, 2)}\n${JSON.stringify({ text: '😀', label: 'a' }, null, 2)}`,
      'text,label\r\n"a ""quoted""\r\ntext",x\r\n"open,y\r\n',
    ];
    for (const file of files) {
      const bytes = bytesOf(file);
      const whole = await importBytes(bytes);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
          const ends = [...cuts.sort((a, b) => a - b), bytes.length];
          const chunks = ends.map((end, i) => bytes.slice(i === 0 ? 0 : ends[i - 1], end));
          const options = { fileName: 'data.jsonl', fileBytes: bytes.length };
          expect(await importDataset(streamOf(...chunks), options)).toEqual(whole);
        }),
        { numRuns: 40 },
      );
    }
  });

  test('a file larger than its head gives the same rows in chunks of any size', async () => {
    const bytes = bytesOf(goodLines(4000));
    const whole = await importBytes(bytes);
    expect(whole.rows).toHaveLength(4000);
    for (const size of [1000, 65_536, 65_537]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      );
      const result = await importDataset(streamOf(...chunks), { fileName: 'data.jsonl', fileBytes: bytes.length });
      expect(result).toEqual(whole);
    }
  });

  test('random bytes and broken JSON end in a result or an AppError, never in anything else', async () => {
    const jsonish = fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '"',
          ',',
          ':',
          '\\',
          '\n',
          '\r',
          'a',
          '1',
          '\t',
          ' ',
          '"text"',
          '"label"',
          '😀',
        ),
        { maxLength: 60 },
      )
      .map((parts) => bytesOf(parts.join('')));
    const input = fc.oneof(fc.uint8Array({ maxLength: 300 }), jsonish);
    await fc.assert(
      fc.asyncProperty(input, fc.constantFrom('a.jsonl', 'a.csv', 'a.json'), async (bytes, fileName) => {
        try {
          const result = await importBytes(bytes, { fileName });
          expect(result.rows.length + result.leftOut).toBeGreaterThanOrEqual(0);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('a file that fails while it is read is unreadable, not a crash', async () => {
    async function* source() {
      yield await Promise.resolve(bytesOf(goodLines(10)));
      throw new DOMException('gone', 'NotReadableError');
    }
    const error = await appError(importDataset(source(), { fileName: 'a.jsonl', fileBytes: 0 }));
    expect(error.code).toBe('file-unreadable');
  });

  test('hostile keys and headers of megabytes do not freeze the reader', async () => {
    const key = `${' '.repeat(3_000_000)}x`;
    const ms = await processorMs(async () => {
      await importText(`${JSON.stringify({ text: 'x', label: 'a', [key]: 1 })}\n`.repeat(3));
      await importText(`text,label${',a'.repeat(500_000)}\nx,y\n`, { fileName: 'a.csv' });
      await importText(`{"text":"x","label":"a"${Array.from({ length: 200_000 }, (_, i) => `,"k${i}":0`).join('')}}\n`);
      await importText(`text,label\n${'"a\n'.repeat(20_001)}`, { fileName: 'a.csv' });
    });
    expect(ms).toBeLessThan(20_000);
  });

  test('progress is told at most once per mebibyte, and at the end with all rows', async () => {
    const bytes = bytesOf(goodLines(100_000));
    const told: [number, number][] = [];
    await importBytes(bytes, { onProgress: (...step) => told.push(step) });
    expect(told.length).toBeLessThanOrEqual(bytes.length / 1024 / 1024 + 1);
    expect(told.at(-1)).toEqual([bytes.length, 100_000]);
  });

  test('a cancelled import stops within a mebibyte and keeps nothing', async () => {
    const signal = { aborted: false };
    let chunks = 0;
    async function* source() {
      for (;;) {
        chunks += 1;
        if (chunks === 5) signal.aborted = true;
        yield await Promise.resolve(bytesOf(goodLines(10)));
      }
    }
    const error = await appError(importDataset(source(), { fileName: 'a.jsonl', fileBytes: 0, signal }));
    expect(error.code).toBe('cancelled');
    expect(chunks).toBe(5);
  });

  test('eight megabytes are read in a few seconds', async () => {
    const bytes = bytesOf(goodLines(20_000).repeat(10));
    const ms = await processorMs(async () => {
      expect((await importBytes(bytes)).rows).toHaveLength(200_000);
    });
    expect(ms).toBeLessThan(20_000);
  });
});

test('a file with far too many rows is refused by its beginning; one that may just fit is read on', async () => {
  const chunk = bytesOf(goodLines(30_000));
  let read = 0;
  async function* endless(chunks: number) {
    for (; read < chunks * chunk.length; read += chunk.length) yield await Promise.resolve(chunk);
  }
  const bytesPerRow = chunk.length / 30_000;
  const long = { fileName: 'a.jsonl', fileBytes: 50_000_000 * bytesPerRow };
  const error = await appError(importDataset(endless(100), long));
  expect(error).toMatchObject({ code: 'data-unusable', message: expect.stringContaining('about 50,000,000 rows') });
  expect(read).toBeLessThan(8 * 1024 * 1024);
  read = 0;
  const fits = { fileName: 'a.jsonl', fileBytes: 4_000_000 * bytesPerRow };
  expect((await importDataset(endless(7), fits)).rows).toHaveLength(210_000);
});
