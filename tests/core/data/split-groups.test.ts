import { describe, expect, test } from 'vitest';
import { makeFolds } from '../../../src/core/data/folds';
import { type GroupedRow, groupForSplits, labelAgreement } from '../../../src/core/data/split-groups';

const many = (n: number, make: (i: number) => GroupedRow): GroupedRow[] => Array.from({ length: n }, (_, i) => make(i));
const words = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike'.split(' ');
/** A text that is like no other of another `i`. */
const own = (i: number): string =>
  Array.from({ length: 6 }, (_, at) => words[Math.floor(i / 13 ** (at % 3) + at * 5) % 13]).join(' ') +
  ` ${'xyzvw'[i % 5]}${words[i % 13]}`;

describe('rows that stand on one side of every split', () => {
  test('copies, near copies and rows of one conversation, each counted', () => {
    const { groups, copies, nearCopies, keptTogether, conversations } = groupForSplits([
      { text: 'Where is it?', target: 'a' },
      { text: 'where is it', target: 'a' },
      { text: 'Order 1 was perfect', target: 'b' },
      { text: 'Order 2 was perfect', target: 'b' },
      { text: 'no signal since noon', target: 'a', together: 't1' },
      { text: 'it works again', target: 'b', together: 't1' },
      { text: 'thank you', target: 'b', together: 't2' },
    ]);
    expect([...groups]).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect({ copies, nearCopies, keptTogether, conversations }).toEqual({
      copies: 2,
      nearCopies: 2,
      keptTogether: 2,
      conversations: 1,
    });
  });

  test('copies with different labels stay together', () => {
    expect([
      ...groupForSplits([
        { text: 'ok', target: 'a' },
        { text: 'OK!', target: 'b' },
      ]).groups,
    ]).toEqual([0, 0]);
  });

  test('where the number decides the label, rows are no near copies; where one label slipped in, they are', () => {
    const degrees = many(40, (i) => ({ text: `It is ${i} degrees outside now`, target: i < 20 ? 'cold' : 'hot' }));
    expect(new Set(groupForSplits(degrees).groups).size).toBe(40);
    const noisy = many(80, (i) => ({
      text: i < 40 ? `Order ${i} was perfect again` : own(i),
      target: i < 36 ? 'praise' : i < 60 ? 'other' : 'more',
    }));
    expect(new Set(groupForSplits(noisy).groups.slice(0, 40)).size).toBe(1);
  });

  test('one template a label gives one group a label, and folds that say so', () => {
    const templates = ['Order # was perfect', 'Error # when I sign in', 'I want to return order #'];
    const rows = many(90, (i) => ({
      text: (templates[i % 3] ?? '').replace('#', String(1000 + i)),
      target: `l${i % 3}`,
    }));
    const { groups } = groupForSplits(rows);
    expect(new Set(groups).size).toBe(3);
    const { folds, notes } = makeFolds(
      rows.map((_, i) => i % 3),
      groups,
      5,
      1,
      ['l0', 'l1', 'l2'],
    );
    expect(folds).toBe(3);
    expect(notes.join(' ')).toContain('rows that belong together make only 3 groups');
  });

  test('a text said in many conversations does not join them all, and is counted', () => {
    const rows = many(300, (i) => ({
      text: i % 10 === 0 ? 'ok thanks' : own(i),
      target: i % 3 === 0 ? 'a' : 'b',
      together: `t${Math.floor(i / 10)}`,
    }));
    const { groups, torn } = groupForSplits(rows);
    const sizes = new Map<number, number>();
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    expect(Math.max(...sizes.values())).toBeLessThanOrEqual(30);
    expect(torn).toBe(30);
    for (let i = 0; i < 300; i++) expect(groups[i]).toBe(groups[10 * Math.floor(i / 10)]);
  });

  test('a text in two conversations joins the two', () => {
    const rows = many(200, (i) => ({ text: own(i), target: 'ab'[i % 2] ?? '', together: `t${Math.floor(i / 10)}` }));
    rows[3] = { text: 'the pump by the gate leaks oil', target: 'a', together: 't0' };
    rows[73] = { text: 'The pump by the gate leaks oil!', target: 'a', together: 't7' };
    const { groups, torn } = groupForSplits(rows);
    expect(groups[0]).toBe(groups[70]);
    expect(new Set(groups).size).toBe(19);
    expect(torn).toBe(0);
  });

  test('how closely labels follow the field is told: one label each is 1, labels by chance about 0', () => {
    const rows = (label: (i: number) => number): number =>
      groupForSplits(many(400, (i) => ({ text: own(i), target: `l${label(i)}`, together: `t${Math.floor(i / 8)}` })))
        .labelsFollow;
    expect(rows((i) => Math.floor(i / 8) % 4)).toBe(1);
    expect(Math.abs(rows((i) => (i * 7919) % 4))).toBeLessThan(0.2);
  });
});

test('how closely labels follow the field, by hand: pairs of one label within conversations against all pairs', () => {
  const rows = (pairs: [target: string, together?: string][]) =>
    pairs.map(([target, together]) => (together === undefined ? { target } : { target, together }));
  // Within: (a, a, b) has 6 ordered pairs, 2 of one label; (b, b) has 2 of 2. Of all 30 pairs 12 are of one label.
  const mixed = rows([['a', 't1'], ['a', 't1'], ['b', 't1'], ['b', 't2'], ['b', 't2'], ['a']]);
  expect(labelAgreement(mixed)).toBeCloseTo((4 / 8 - 12 / 30) / (1 - 12 / 30), 12);
  // Fewer of one label than by chance is below nought.
  expect(
    labelAgreement(
      rows([
        ['a', 't1'],
        ['b', 't1'],
        ['a', 't2'],
        ['b', 't2'],
      ]),
    ),
  ).toBeCloseTo(-0.5, 12);
  expect(labelAgreement(rows([['a', 't1'], ['b', 't2'], ['b']]))).toBe(0);
  expect(
    labelAgreement(
      rows([
        ['a', 't1'],
        ['a', 't1'],
      ]),
    ),
  ).toBe(0);
  expect(labelAgreement(rows([['a', 't1']]))).toBe(0);
});

describe('near copies whose labels differ', () => {
  /** Four near copies, three of them «a»; then rows like no other, so many of them «a». */
  const grouped = (others: string): boolean => {
    const rows = many(4 + others.length, (i) => ({
      text: i < 4 ? `Order ${i} was perfect again` : own(7 * i),
      target: i < 4 ? 'aaab'.charAt(i) : others.charAt(i - 4),
    }));
    return new Set(groupForSplits(rows).groups.slice(0, 4)).size === 1;
  };

  test('stay together where their commonest label explains half of what its share of all rows leaves open', () => {
    // Four of eight rows are «a»: half of the other half is three quarters, which three of four just are.
    expect(grouped('abbb')).toBe(true);
    expect(grouped('aabb')).toBe(false);
    expect(grouped('bbbb')).toBe(true);
  });
});

describe('texts that stand in several conversations', () => {
  /** Conversations of ten rows; the last rows of the first ones share a text each. */
  const shared = (rows: number, places: Record<number, string>) =>
    groupForSplits(
      many(rows, (i) => ({
        text: places[i] ?? own(i),
        target: 'ab'.charAt(i % 2),
        together: `t${Math.floor(i / 10)}`,
      })),
    );

  test('join them up to a tenth of the rows, not beyond', () => {
    const leak = { 9: 'the pump by the gate leaks oil', 19: 'The pump by the gate leaks oil!' };
    const joined = shared(200, leak);
    expect(joined.groups[0]).toBe(joined.groups[10]);
    expect(joined.torn).toBe(0);
    const apart = shared(190, leak);
    expect(apart.groups[0]).not.toBe(apart.groups[10]);
    expect(apart.torn).toBe(2);
    expect(apart.groups[9]).toBe(apart.groups[0]);
    expect(apart.groups[19]).toBe(apart.groups[10]);
  });

  test('join as far as they may: what was joined counts with all its rows', () => {
    // Of 250 rows at most 25 belong together: a third conversation is one too many.
    const chain = {
      9: 'the pump by the gate leaks oil',
      19: 'the pump by the gate leaks oil',
      29: 'the pump by the gate leaks oil',
    };
    const { groups, torn } = shared(250, chain);
    expect(groups[0]).toBe(groups[10]);
    expect(groups[20]).not.toBe(groups[0]);
    expect(torn).toBe(3);
  });

  test('those in the fewest conversations first', () => {
    const wide = 'the pump by the gate leaks oil';
    const narrow = 'our invoice of march is missing';
    // Of 200 rows at most 20: the text in two conversations joins them, the one in three then joins none of the two.
    const { groups, torn } = shared(200, { 8: wide, 18: wide, 28: wide, 19: narrow, 29: narrow });
    expect(groups[10]).toBe(groups[20]);
    expect(groups[0]).not.toBe(groups[10]);
    expect(torn).toBe(3);
  });

  test('of a conversation larger than a tenth, that is the measure', () => {
    const rows = many(100, (i) => ({
      text: i === 0 || i === 99 ? 'the pump by the gate leaks oil' : own(i),
      target: 'ab'.charAt(i % 2),
      together: i < 60 ? 'large' : i < 80 ? 'x' : i === 99 ? 'alone' : `t${i}`,
    }));
    // 60 and one are more than 60.
    expect(groupForSplits(rows).groups[0]).not.toBe(groupForSplits(rows).groups[99]);
    expect(groupForSplits(rows).torn).toBe(2);
  });

  test('copies of no conversation stay together, however many they are', () => {
    const rows = many(60, (i): GroupedRow => {
      const target = 'ab'.charAt(i % 2);
      if (i < 20) return { text: 'ok thanks', target };
      return { text: own(i), target, together: `t${Math.floor(i / 10)}` };
    });
    const { groups, keptTogether, conversations } = groupForSplits(rows);
    expect(new Set(groups.slice(0, 20)).size).toBe(1);
    expect([keptTogether, conversations]).toEqual([40, 4]);
  });
});

test('without a field to keep rows together by there is nothing to count of it', () => {
  const { keptTogether, conversations, torn, labelsFollow, copies, nearCopies } = groupForSplits([
    { text: 'ok', target: 'a' },
    { text: 'OK', target: 'a' },
    { text: 'ok!', target: 'b' },
    { text: 'Order 1 was perfect', target: 'b' },
    { text: 'Order 2 was perfect', target: 'b' },
  ]);
  expect({ keptTogether, conversations, torn, labelsFollow }).toEqual({
    keptTogether: 0,
    conversations: 0,
    torn: 0,
    labelsFollow: 0,
  });
  expect({ copies, nearCopies }).toEqual({ copies: 3, nearCopies: 2 });
});

test('each cluster of near copies is judged by its own labels', () => {
  // In degrees the number decides; orders are all praised; errors too, with one slip.
  const rows = many(60, (i): GroupedRow => {
    if (i < 20) return { text: `It is ${i} degrees outside now`, target: i % 2 === 0 ? 'hot' : 'cold' };
    if (i < 40) return { text: `Order ${i} was perfect again`, target: 'praise' };
    return { text: `Error ${i} when I want to sign in`, target: i === 45 ? 'hot' : 'fault' };
  });
  const { groups } = groupForSplits(rows);
  expect(new Set(groups.slice(0, 20)).size).toBe(20);
  expect(new Set(groups.slice(20, 40)).size).toBe(1);
  expect(new Set(groups.slice(40)).size).toBe(1);
  expect(groups[20]).not.toBe(groups[40]);
});

test('where one conversation is larger than a tenth of the rows, others may be joined up to its size', () => {
  const leak = 'the pump by the gate leaks oil';
  const rows = many(100, (i) => ({
    text: i === 60 || i === 80 ? leak : own(i),
    target: 'ab'.charAt(i % 2),
    together: i < 60 ? 'large' : i < 80 ? 'x' : 'y',
  }));
  const { groups, torn } = groupForSplits(rows);
  expect(groups[60]).toBe(groups[99]);
  expect(groups[0]).not.toBe(groups[60]);
  expect(torn).toBe(0);
});
