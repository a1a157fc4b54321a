import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { foldWords } from '../../../src/core/data/folded-words';
import { clusterNearCopies } from '../../../src/core/data/near-copies';
import { BANDS, jaccard, shinglesOf, writeBandKeys } from '../../../src/core/data/shingles';
import { createRandom, shuffle } from '../../../src/core/random';
import { processorMs } from '../../helpers/processor-time';

const cluster = (...texts: string[]): number[] => [...clusterNearCopies(texts)];

describe('near copies', () => {
  test('are texts that differ in numbers, also short ones', () => {
    expect(
      cluster(
        'Order 72247 was perfect',
        'order 9 was perfect!',
        'Error 65421 when I sign in',
        'error 1 when I sign in',
      ),
    ).toEqual([0, 0, 1, 1]);
  });

  test('… in names, addresses and links', () => {
    expect(
      cluster(
        'Dear Anna, your parcel is waiting at the depot',
        'Dear Mohammed, your parcel is waiting at the depot',
        'write to anna@example.org about the open invoice',
        'write to bo.smith@example.com about the open invoice',
      ),
    ).toEqual([0, 0, 1, 1]);
  });

  test('… in a few of many words', () => {
    const text = 'please tell me when the red bicycle that I ordered last week will be sent to my new address';
    expect(cluster(text, text.replace('red', 'blue'), text.replace('please ', 'kindly '), `${text} thanks`)).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test('short texts that differ in a word are apart, and so are longer ones that share half of their words', () => {
    const apart = [
      'how do I top up',
      'how can I top up',
      'How do I change my passcode?',
      'How do i change my identity?',
      'My disposable virtual card was rejected.',
      'My disposable virtual card got rejected',
      'What does it mean if my cash withdrawal is pending?',
      'What does it mean if my payment is pending?',
      'nice 😀',
      'nice 😡',
      'order 12',
      'order 13',
    ];
    expect(cluster(...apart)).toEqual(apart.map((_, i) => i));
  });

  test('sums are no near copies, though they differ only in numbers', () => {
    expect(cluster('3 + 4', '5 + 9', '12', '13')).toEqual([0, 1, 2, 3]);
  });

  test('headlines keep their names: there every word has a capital', () => {
    expect(cluster('Court Rejects Movie Makers Claims', 'Storm Floods Coast Town Today')).toEqual([0, 1]);
    expect(foldWords('Court Rejects Movie Makers Claims').words).toContain('rejects');
  });

  test('scripts without spaces are compared by their characters', () => {
    expect(
      cluster('我的订单12345还没有到，请帮我查一下', '我的订单678还没有到，请帮我查一下', '我想退货怎么办'),
    ).toEqual([0, 0, 1]);
  });

  test('the order of the rows changes no cluster of equal folded words', () => {
    const texts = Array.from(
      { length: 60 },
      (_, i) => `${['Invoice', 'Parcel', 'Ticket'][i % 3]} ${i} is not here yet`,
    );
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const mixed = shuffle([...texts], createRandom(seed));
        const of = clusterNearCopies(mixed);
        const byKind = new Map(mixed.map((text, i) => [text.slice(0, 3), of[i]]));
        expect(new Set(of).size).toBe(3);
        for (const [i, text] of mixed.entries()) expect(of[i]).toBe(byKind.get(text.slice(0, 3)));
      }),
      { numRuns: 20 },
    );
  });

  test('twenty thousand texts take about half a second, and one endless text does not hold them up', async () => {
    const random = createRandom(1);
    const words = Array.from(
      { length: 3000 },
      (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + ((i / 26) % 26), 97 + i / 676)}`,
    );
    const texts = Array.from({ length: 20_000 }, () =>
      Array.from({ length: 15 }, () => words[Math.floor(random() * words.length)]).join(' '),
    );
    texts.push('x '.repeat(500_000), 'https://a.b/'.repeat(100_000));
    const ms = await processorMs(() => {
      expect(new Set(clusterNearCopies(texts)).size).toBe(texts.length);
    });
    expect(ms).toBeLessThan(10_000);
  });
});

test('sets as alike as the threshold meet under a key nearly always', () => {
  const random = createRandom(7);
  const keys = (words: string[]): Uint32Array => {
    const into = new Uint32Array(BANDS);
    writeBandKeys(shinglesOf(words), into, 0);
    return into;
  };
  let met = 0;
  let tried = 0;
  while (tried < 300) {
    const words = Array.from({ length: 14 }, () => `w${Math.floor(random() * 1e6)}`);
    const other = words.with(Math.floor(random() * 14), 'other');
    if (jaccard(shinglesOf(words), shinglesOf(other)) < 0.75) continue;
    tried += 1;
    const [a, b] = [keys(words), keys(other)];
    if (a.some((key, band) => key === b[band])) met += 1;
  }
  expect(met / tried).toBeGreaterThan(0.95);
});
