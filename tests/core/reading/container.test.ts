import { describe, expect, test } from 'vitest';
import { detectLayout } from '../../../src/core/reading/container';
import { bytesOf } from '../import/import-text';

const container = (text: string, name = 'data.jsonl') => detectLayout(bytesOf(text), true, name).container;

describe('detectLayout', () => {
  test('the content decides, not the name', () => {
    expect(container('{"text":"x"}\n{"text":"y"}', 'data.csv')).toBe('jsonl');
    expect(container('[{"text":"x"}]', 'data.jsonl')).toBe('json-array');
    expect(container('text,label\na,b\n', 'data.jsonl')).toBe('csv');
    expect(container('text\tlabel\na, b\tc\n', 'data.csv')).toBe('tsv');
    expect(container('{\n "text": "x"\n}')).toBe('json-objects');
    expect(container('{"text": "x",\n "label": "y"}')).toBe('json-objects');
  });

  test('a first line of rubbish does not turn JSON lines into a table', () => {
    expect(container('a, b\n{"text":"x"}\n', 'export.txt')).toBe('jsonl');
  });

  test('a first line that is cut off does not turn JSON lines into objects', () => {
    expect(container('{"text": "x\n{"text":"y"}')).toBe('jsonl');
  });

  test('lines that are lists are faulty lines, not one array', () => {
    expect(container('["a","b"]\n["c","d"]\n')).toBe('jsonl');
    expect(container('[{"text":"a"}]\n[{"text":"b"}]\n')).toBe('json-array');
  });

  test('known column names outweigh the evenness of a delimiter', () => {
    const { table } = detectLayout(bytesOf('text;label\nx, y;a\nz, w;b\n'), true, 'a.csv');
    expect(table?.delimiter).toBe(';');
  });

  test('objects that hold others at the same indent are not told apart by it', () => {
    const nested = '{"messages": [\n{"role": "user"},\n{"role": "assistant"}]}\n';
    expect(detectLayout(bytesOf(nested), true, 'a').resyncIndent).toBeNull();
    expect(detectLayout(bytesOf('[\n  {\n    "a": 1\n  }\n]'), true, 'a').resyncIndent).toBe(2);
  });
});
