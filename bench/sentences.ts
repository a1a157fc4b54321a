/** Sentences drawn from a seed, of lengths as people write: most of them short, a few of several lines. */
import { createRandom, deriveSeed } from '../src/core/random';

const SUBJECTS = ['the parcel', 'my card', 'this invoice', 'a refund', 'the app', 'our order', 'the driver', 'support'];
const VERBS = ['was not delivered', 'arrived late', 'charged me twice', 'keeps asking', 'works again', 'got lost'];
const PLACES = ['on Monday', 'at the door', 'since the update', 'in the wrong town', 'for no reason', 'after a week'];
const JOINTS = ['and', 'but', 'because', 'while', 'so that', 'although'];

/** `count` sentences of 1 to 12 clauses, the longer the rarer. */
export function sentences(count: number, seed = 7): string[] {
  return Array.from({ length: count }, (_, i) => {
    const random = createRandom(deriveSeed(seed, i));
    const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? '';
    const clauses = 1 + Math.floor(12 * random() ** 3);
    const clause = (): string => `${pick(SUBJECTS)} ${pick(VERBS)} ${pick(PLACES)}`;
    return Array.from({ length: clauses }, clause).join(` ${pick(JOINTS)} `);
  });
}
