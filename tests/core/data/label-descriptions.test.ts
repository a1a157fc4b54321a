import { describe, expect, test } from 'vitest';
import {
  descriptionOf,
  MAX_DESCRIPTION_LENGTH,
  renameDescriptions,
  respelled,
  tidyDescription,
  twinLabels,
  withDescriptions,
} from '../../../src/core/data/label-descriptions';

describe('what a label means', () => {
  test('is found by the whole label, and by no name that every object has', () => {
    expect(descriptionOf({ bug: 'it does not work' }, 'bug')).toBe('it does not work');
    expect(descriptionOf({ bug: 'it does not work' }, 'Bug')).toBe('');
    for (const label of ['constructor', '__proto__', 'toString']) expect(descriptionOf({}, label)).toBe('');
    expect(descriptionOf(undefined, 'bug')).toBe('');
  });

  test('labels called like a part of every object are described like any other', () => {
    const all = withDescriptions(
      {},
      Object.fromEntries([
        ['__proto__', 'a chain'],
        ['constructor', 'a builder'],
      ]),
    );
    expect(descriptionOf(all, '__proto__')).toBe('a chain');
    expect(descriptionOf(structuredClone(all), 'constructor')).toBe('a builder');
  });

  test('is one line, and cut between two characters', () => {
    expect(tidyDescription('  my card \n\t has  not come ')).toBe('my card has not come');
    const long = tidyDescription('🦊'.repeat(MAX_DESCRIPTION_LENGTH + 1));
    expect(Array.from(long)).toEqual(Array.from({ length: MAX_DESCRIPTION_LENGTH }, () => '🦊'));
  });

  test('changes leave the others, and an empty one takes away', () => {
    const before = { a: 'one', b: 'two' };
    expect(withDescriptions(before, { b: ' ', c: 'three' })).toEqual({ a: 'one', c: 'three' });
    expect(before).toEqual({ a: 'one', b: 'two' });
    expect(withDescriptions(undefined, { a: 'x' })).toEqual({ a: 'x' });
  });
});

describe('labels that are renamed', () => {
  const renames = (...pairs: [string, string][]) => new Map(pairs);

  test('take their description along', () => {
    expect(renameDescriptions({ bug: 'broken', other: 'x' }, renames(['bug', 'fault']))).toEqual({
      fault: 'broken',
      other: 'x',
    });
  });

  test('merged into one that has its own, it keeps its own and nothing is lost', () => {
    const all = { bug: 'broken', fault: 'does not work' };
    expect(renameDescriptions(all, renames(['bug', 'fault']))).toEqual(all);
  });

  test('merged from two that differ, nobody chooses', () => {
    const all = { bug: 'broken', Bug: 'crashes' };
    expect(renameDescriptions(all, renames(['bug', 'fault'], ['Bug', 'fault']))).toEqual(all);
    const alike = { bug: 'broken', Bug: 'broken' };
    expect(renameDescriptions(alike, renames(['bug', 'fault'], ['Bug', 'fault']))).toEqual({ fault: 'broken' });
  });

  test('two that change places change descriptions', () => {
    expect(renameDescriptions({ a: 'one', b: 'two' }, renames(['a', 'b'], ['b', 'a']))).toEqual({ a: 'two', b: 'one' });
  });

  test('a name that stays is no rename', () => {
    expect(renameDescriptions({ a: 'one' }, renames(['a', 'a']))).toEqual({ a: 'one' });
  });

  test('are seen in another spelling only where it is clear which became which', () => {
    expect(respelled(['Bug', 'ham'], ['bug', 'ham'])).toEqual(renames(['Bug', 'bug']));
    expect(respelled(['card_arrival'], ['Card arrival'])).toEqual(renames(['card_arrival', 'Card arrival']));
    expect(respelled(['BUG'], ['bug', 'Bug'])).toEqual(renames());
    expect(respelled(['BUG', 'ham'], ['BUG', 'bug', 'ham'])).toEqual(renames());
    expect(respelled(['bug'], ['fault'])).toEqual(renames());
  });
});

test('labels that differ in case or white space alone are told', () => {
  expect(twinLabels(['bug', 'Bug', 'ham', 'card arrival', 'card_arrival'])).toEqual(
    new Set(['bug', 'Bug', 'card arrival', 'card_arrival']),
  );
});
