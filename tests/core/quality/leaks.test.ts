import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findingOf, many } from './rows-of';

type Pairs = [text: string, target: string][];

const PLACES = ['Graz', 'Turin', 'Porto', 'Lyon', 'Riga', 'Oslo', 'Ghent', 'Brno', 'Cork', 'Bath', 'Nice', 'Bonn'];
const THINGS = [
  'kettle',
  'desk lamp',
  'keyboard',
  'wall clock',
  'toaster',
  'pillow',
  'tent',
  'bike',
  'phone',
  'boots',
  'pan',
];
const pick = (list: readonly string[], i: number): string => list[i % list.length] ?? '';
const rows = (count: number, label: string, text: (i: number) => string): Pairs =>
  Array.from({ length: count }, (_, i) => [text(i), label]);
const read = (path: string): Pairs =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { text, label }: { text: string; label: string } = JSON.parse(line);
      return [text, label];
    });
const LEAKS = ['template-leak', 'label-in-text', 'giveaway'];
const leaks = (pairs: Pairs): string[] => LEAKS.filter((id) => findingOf(id, pairs) !== undefined);

/** As people write: several ways for each label, in which its words come and go. */
const plain: Pairs = [
  ...rows(
    40,
    'returns',
    (i) =>
      [
        `how do I send the ${pick(THINGS, i)} back`,
        `I want my money back for the ${pick(THINGS, i)} from ${pick(PLACES, i)}`,
        `refund please, the ${pick(THINGS, i)} broke`,
        `${pick(THINGS, i)} too small, swap it?`,
      ][i % 4] ?? '',
  ),
  ...rows(
    40,
    'delivery',
    (i) =>
      [
        `where is the ${pick(THINGS, i)}`,
        `the van drove past my house in ${pick(PLACES, i)}`,
        `no parcel since Monday, it was the ${pick(THINGS, i)}`,
        `did you ship to ${pick(PLACES, i)} yet`,
      ][i % 4] ?? '',
  ),
];

test('texts in several ways, and texts that name their label now and then, are no leak', () => {
  expect(leaks(plain)).toEqual([]);
  const some: Pairs = plain.map(([text, label], i) => [i % 3 === 0 ? `${label} question: ${text}` : text, label]);
  expect(leaks(some)).toEqual([]);
});

test.each(['support-tickets', 'product-reviews'])('the sample %s has none', (name) => {
  expect(leaks(read(`public/samples/${name}.jsonl`))).toEqual([]);
});

describe('one template a label', () => {
  test('only a number differs', () => {
    const pairs = read('tests/fixtures/cases/25-template-leak/orders.jsonl');
    expect(leaks(pairs)).toEqual(['template-leak']);
    expect(findingOf('template-leak', pairs)).toMatchObject({
      severity: 'warning',
      count: 200,
      title: 'One template for every label: in 100 % of the rows only a number or a name differs',
      examples: [{ line: 1, reason: '"login": error … when i sign in' }, {}, {}, {}, {}],
    });
  });

  test('a name or a thing differs', () => {
    const pairs = [
      ...rows(30, 'returns', (i) => `I want to return the ${pick(THINGS, i)} that came to ${pick(PLACES, i)}`),
      ...rows(30, 'delivery', (i) => `When will the ${pick(THINGS, i)} be shipped to ${pick(PLACES, i)}?`),
    ];
    expect(findingOf('template-leak', pairs)?.count).toBe(60);
  });

  test('one label of a form letter among others that are not is no news', () => {
    expect(
      findingOf('template-leak', [...plain, ...rows(30, 'alert', (i) => `Error ${i} when I sign in to the shop`)]),
    ).toBeUndefined();
  });
});

describe('the label in the text', () => {
  test('as a mark before it', () => {
    const pairs = read('tests/fixtures/cases/31-label-in-text/prefixed.jsonl');
    expect(leaks(pairs)).toEqual(['label-in-text']);
    expect(findingOf('label-in-text', pairs)).toMatchObject({
      count: 120,
      title: 'The label stands in the text as a mark in 100 % of the rows',
    });
  });

  test.each<[string, (text: string, label: string) => string]>([
    ['after it', (text, label) => `${text} (${label})`],
    ['with a colon', (text, label) => `${label.toUpperCase()}: ${text}`],
    ['after a bar', (text, label) => `${text} | ${label}`],
    ['as a hashtag', (text, label) => `#${label} ${text}`],
    ['as a word at the beginning', (text, label) => `${label} ${text}`],
    ['in one row of eight', (text, label) => (text.length % 8 === 0 ? `[${label}] ${text}` : text)],
  ])('%s', (_, marked) => {
    const pairs = plain.map(([text, label]): [string, string] => [marked(text, label), label]);
    expect(findingOf('label-in-text', pairs)?.severity).toBe('warning');
  });

  test('a label within another word, and texts that name every label, are not it', () => {
    expect(
      findingOf('label-in-text', [...rows(20, 'art', (i) => `start ${i}`), ...rows(20, 'port', (i) => `report ${i}`)]),
    ).toBeUndefined();
    expect(
      findingOf('label-in-text', [
        ...rows(20, 'tea', (i) => `tea or rum ${i}`),
        ...rows(20, 'rum', (i) => `tea or rum or ${i}`),
      ]),
    ).toBeUndefined();
  });
});

describe('one word or sign that gives a label away', () => {
  const marked = (mark: (text: string) => string): Pairs =>
    plain.map(([text, label]) => [label === 'returns' ? mark(text) : text, label]);

  test.each([
    ['a ticket prefix', (text: string) => `TKT ${text}`, 'tkt'],
    ['a sign', (text: string) => `${text} ¶`, '¶'],
  ])('%s', (_, mark, word) => {
    const finding = findingOf('giveaway', marked(mark));
    expect(finding).toMatchObject({ severity: 'warning', count: 40, title: 'One word or sign gives "returns" away' });
    expect(finding?.detail).toContain(`"${word}" stands in 100 % of the rows of "returns" and in 0 % of the others`);
  });

  test('a word that others have too, or that few rows share, is none', () => {
    expect(
      findingOf(
        'giveaway',
        plain.map(([text, label]) => [`TKT ${text}`, label]),
      ),
    ).toBeUndefined();
    expect(
      findingOf('giveaway', [...many(8, 'a').map(([text]): [string, string] => [`passcode ${text}`, 'a']), ...plain]),
    ).toBeUndefined();
  });
});
