import { describe, expect, test } from 'vitest';
import { makeFolds } from '../../../src/core/data/folds';
import { type GroupedRow, groupForSplits } from '../../../src/core/data/split-groups';

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
