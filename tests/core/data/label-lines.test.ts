import { describe, expect, test } from 'vitest';
import { readLabelLines, writeLabelLines } from '../../../src/core/data/label-lines';

const LABELS = ['account', 'bug', 'delivery: late', 'refund'];

describe('pasted lines', () => {
  test('go to the labels that they begin with, in any order and case', () => {
    const read = readLabelLines('Refund: my money back\nbug = it crashes\r\n\naccount – my login', LABELS, 'account');
    expect(read).toEqual({
      descriptions: { refund: 'my money back', bug: 'it crashes', account: 'my login' },
      unplaced: [],
    });
  });

  test('of a table have a tab, and a label may hold a colon', () => {
    const read = readLabelLines('delivery: late\t"where is ""my"" parcel"\nbug\tit: crashes', LABELS, 'account');
    expect(read.descriptions).toEqual({ 'delivery: late': 'where is "my" parcel', bug: 'it: crashes' });
    expect(readLabelLines('delivery: late: my parcel\nbug: x', LABELS, 'bug').descriptions).toMatchObject({
      'delivery: late': 'my parcel',
    });
  });

  test('that name a label which is not there are told', () => {
    const read = readLabelLines('bug: it crashes\nrefund: money\nparcel: it is late', LABELS, 'account');
    expect(read.unplaced).toEqual(['parcel: it is late']);
    expect(Object.keys(read.descriptions)).toEqual(['bug', 'refund']);
  });

  test('without labels fill the list from where they were pasted, as far as it goes', () => {
    const read = readLabelLines('it crashes\nmy parcel: late again\nmoney\nmore', LABELS, 'bug');
    expect(read.descriptions).toEqual({
      bug: 'it crashes',
      'delivery: late': 'my parcel: late again',
      refund: 'money',
    });
    expect(read.unplaced).toEqual(['more']);
  });

  test('without labels fill those in sight alone, where others are filtered out', () => {
    const read = readLabelLines('it crashes\nmoney\nmore', LABELS, 'bug', ['bug', 'refund']);
    expect(read).toEqual({ descriptions: { bug: 'it crashes', refund: 'money' }, unplaced: ['more'] });
    expect(readLabelLines('account: mine', LABELS, 'bug', ['bug']).descriptions).toEqual({ account: 'mine' });
  });

  test('that were copied from here come back as they were', () => {
    const all: Record<string, string> = { bug: 'it: crashes', refund: 'money = back' };
    const text = writeLabelLines(LABELS, (label) => all[label] ?? '');
    expect(readLabelLines(text, LABELS, 'account').descriptions).toEqual({ account: '', 'delivery: late': '', ...all });
  });
});
