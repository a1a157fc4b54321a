import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { preTokenizer } from '../../../src/core/text/pre-tokenizer';
import { processorMs } from '../../helpers/processor-time';

interface Fixture {
  expressions: Record<string, string>;
  more: string[];
  cuts: Record<string, number[][]>;
}
const { expressions, more, cuts } = JSON.parse(readFileSync('tests/fixtures/pre-tokenizers.json', 'utf8')) as Fixture;
const strings = readFileSync('tests/fixtures/tokenizer-strings.jsonl', 'utf8').trim().split('\n');
const texts = [...strings.map((line) => (JSON.parse(line) as { text: string }).text), ...more];

test.each(Object.entries(expressions))('texts are cut by the expression of %s as in the reference', (name, Regex) => {
  const split = { type: 'Split' as const, pattern: { Regex }, behavior: 'Isolated' as const, invert: false };
  const byteLevel = { type: 'ByteLevel' as const, add_prefix_space: false, use_regex: false };
  const { cut } = preTokenizer({ type: 'Sequence', pretokenizers: [split, byteLevel] });
  const wrong = texts.filter((text, i) => {
    const lengths = [...cut(text)].map((part) => [...part].length);
    return lengths.join() !== cuts[name]?.[i]?.join();
  });
  expect(wrong).toEqual([]);
});

test('a hundred thousand blanks are cut at once', async () => {
  const byteLevel = { type: 'ByteLevel' as const, add_prefix_space: false, use_regex: true };
  const lengths = () => [...preTokenizer(byteLevel).cut(`${' '.repeat(100_000)}a`)].map(({ length }) => length);
  expect(lengths()).toEqual([99_999, 2]);
  expect(await processorMs(lengths)).toBeLessThan(1_000);
});
