/** The built-in samples: what their cards say is true of the files, and no row repeats another. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import cards from '../../public/samples/samples.json';
import { parseSamples } from '../../src/core/data/samples';

interface Pair {
  text: string;
  target: string;
}

/** The test refuses what the app would refuse; the examples and the licence stand beside what the app reads. */
const samples = parseSamples(cards).map((card, index) => ({ ...cards[index], ...card }));

const read = (name: string): string => readFileSync(new URL(`../../public/samples/${name}`, import.meta.url), 'utf8');

/** One line as its two fields, in file order; throws on any other shape. */
function parsePair(line: string, keys: readonly [string, string]): Pair {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${line}`);
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = fields.get(keys[0]);
  const target = fields.get(keys[1]);
  if (fields.size !== 2 || typeof text !== 'string' || typeof target !== 'string') {
    throw new Error(`expected exactly ${keys.join(' and ')}: ${line}`);
  }
  return { text, target };
}

function pairsOf(name: string, keys: readonly [string, string]): Pair[] {
  const lines = read(name).split('\n').slice(0, -1);
  return lines.map((line) => parsePair(line, keys));
}

/** Rows per label, largest first. */
function classSizes(pairs: Pair[]): number[] {
  const counts = new Map<string, number>();
  for (const { target } of pairs) counts.set(target, (counts.get(target) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
}

/** Lower-case words without punctuation; an apostrophe is dropped inside its word. */
function words(text: string): string[] {
  const plain = text.toLowerCase().replace(/['’]/gu, '');
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/** Shared words over all words of two texts, 0 to 1. */
function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  return shared / (a.size + b.size - shared);
}

function expectAllDifferent(texts: string[]): void {
  const normal = texts.map((text) => words(text).join(' '));
  expect(normal.filter((text, index) => text === '' || normal.indexOf(text) !== index)).toEqual([]);
  const sets = normal.map((text) => new Set(text.split(' ')));
  const near = sets.flatMap((a, i) =>
    sets.slice(0, i).flatMap((b, j) => (jaccard(a, b) > 0.8 ? [[texts[i], texts[j]]] : [])),
  );
  expect(near).toEqual([]);
}

describe.each(samples)('$file', (sample) => {
  const keys = sample.task === 'classification' ? (['text', 'label'] as const) : (['prompt', 'completion'] as const);
  const file = read(sample.file);
  const pairs = pairsOf(sample.file, keys);

  test('every line is one record with a text and an answer, trimmed, and the last line ends', () => {
    expect(file.endsWith('\n')).toBe(true);
    for (const { text, target } of pairs) {
      expect(text).toBe(text.trim());
      expect(target).toBe(target.trim());
      expect(target).not.toBe('');
    }
  });

  test('the card counts its rows and labels right', () => {
    expect(pairs.length).toBe(sample.rows);
    expect(sample.task === 'classification' ? classSizes(pairs).length : 0).toBe(sample.labels);
  });

  test('the example on the card is a row of the file', () => {
    expect(pairs).toContainEqual({ text: sample.exampleInput, target: sample.exampleOutput });
  });

  test('no text repeats or nearly repeats another', () => {
    expectAllDifferent(pairs.map((pair) => pair.text));
  });

  test('nothing in it looks like an e-mail address or a phone number', () => {
    expect(file.match(/\S+@\S+\.\S+|\d[\d ]{9,}\d/gu)).toBeNull();
  });
});

test('the six classes of the tickets are said on its card, differ in size, and have at least 30 rows each', () => {
  expect(samples.find((sample) => sample.id === 'support-tickets')?.description).toContain('one of 6 classes');
  const sizes = classSizes(pairsOf('support-tickets.jsonl', ['text', 'label']));
  expect(new Set(sizes).size).toBe(6);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(30);
});

test('praise outnumbers complaint about 4.5 to 1, and both have at least 30 rows', () => {
  const [praise = 0, complaint = 0] = classSizes(pairsOf('product-reviews.jsonl', ['text', 'label']));
  expect(praise / complaint).toBeCloseTo(4.5, 1);
  expect(complaint).toBeGreaterThanOrEqual(30);
});

test('every house-style answer keeps the house rules: two sentences at most, short, no exclamation mark', () => {
  const answers = pairsOf('house-style.jsonl', ['prompt', 'completion']).map((pair) => pair.target);
  for (const answer of answers) {
    expect(answer.split(/(?<=[.?])\s/u).length).toBeLessThanOrEqual(2);
    expect(words(answer).length).toBeLessThanOrEqual(32);
    expect(answer).not.toMatch(/!|\b(?:fault|blame|mistake|unfortunately|obviously)\b/iu);
  }
  expectAllDifferent(answers);
});
