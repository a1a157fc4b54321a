/**
 * A part of the rows held out: the test part, the inner part that early stopping looks at, the rows that C is chosen
 * on. Grouped (rows of one group stay together), stratified (each class has its share in it) and seeded.
 *
 * It is a random sample: every row has the same chance, `share`, whatever the size of its group. So copies are as
 * frequent in the part as in the set, in the mean over seeds. How, for the groups of one class alone, large ones first,
 * with W rows wanted of R:
 * - A group with s > W rows takes all that is wanted and more. It is taken with the chance W/R; where it is not, W
 *   becomes W·(R − s)/(R − W), so that the chance of those that follow stays W/R in the mean.
 * - Groups of several rows: every (R/W)-th in the order of their sizes from a random start (systematic sampling), so
 *   that each size has its share too.
 * - Single rows make up for what is missing or too much: each is taken with the chance W/R, rows still wanted over rows
 *   still to come (Fan, Muller and Rezucha 1962; Knuth's Algorithm S), which meets W exactly. What the groups took is
 *   right in the mean, so their chance is `share` too.
 * Groups of several classes are drawn before, by their commonest class; the other groups make up for them.
 *
 * Not of that chance: a class in one group only is never held out, nor is a group with over twice its class's wanted
 * rows, which would be most of that class's test; a class that the draw would take whole gets a group back. Notes say
 * so. A held-out part that would be empty gets one group.
 */
import { formatAmount, formatCount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import { createRandom, type Random, shuffle } from '../random';
import { countClasses, countGroups, gatherGroups, type Members, nameOf, type Numbers } from './members';

export interface Split {
  /** Row numbers of both parts, ascending. */
  train: Int32Array;
  held: Int32Array;
  /** What could not be done as asked, in words. */
  notes: string[];
}

/** Holds out about `share` (0–1) of the rows; every class keeps at least one group for training. */
export function holdOut(
  labelIndices: Numbers,
  groups: Numbers,
  share: number,
  seed: number,
  labelNames: readonly string[] = [],
): Split {
  const members = gatherGroups(labelIndices, groups);
  const classCounts = countClasses(labelIndices);
  const groupCounts = countGroups(members, classCounts.length);
  const random = createRandom(seed);

  const several = members.filter(({ own }) => [...own.keys()].every((label) => (groupCounts[label] ?? 0) > 1));
  const fits = ({ own }: Members): boolean =>
    [...own].every(([label, count]) => count <= 2 * share * (classCounts[label] ?? 0) + 1);
  const eligible = several.filter(fits);
  const held = draw(eligible, share, classCounts.length, random);
  const [spare] = shuffle([...eligible], random);
  if (held.size === 0 && spare && share > 0) held.add(spare);
  giveBack(held, groupCounts, random);

  const isHeld = new Uint8Array(labelIndices.length);
  for (const { rows } of held) for (const row of rows) isHeld[row] = 1;
  const all = Array.from(isHeld, (_, row) => row);
  const split = {
    train: Int32Array.from(all.filter((row) => isHeld[row] === 0)),
    held: Int32Array.from(all.filter((row) => isHeld[row] === 1)),
  };
  const large = several.filter((group) => !fits(group)).reduce((sum, { rows }) => sum + rows.length, 0);
  return { ...split, notes: splitNotes({ classCounts, groupCounts, held, large, share, labelNames }) };
}

/** A split of the given rows only: the inner part that early stopping and the choice of strength look at. */
export function innerSplit(
  rows: Numbers,
  labelIndices: Numbers,
  groups: Numbers,
  share: number,
  seed: number,
): Pick<Split, 'train' | 'held'> {
  const rowAt = Int32Array.from(rows);
  const { train, held } = holdOut(
    rowAt.map((row) => labelIndices[row] ?? 0),
    rowAt.map((row) => groups[row] ?? 0),
    share,
    seed,
  );
  return { train: train.map((i) => rowAt[i] ?? 0), held: held.map((i) => rowAt[i] ?? 0) };
}

function draw(eligible: readonly Members[], share: number, classes: number, random: Random): Set<Members> {
  const total = eligible.reduce((sum, { rows }) => sum + rows.length, 0);
  // A whole number of rows, so that without copies the part has exactly its share.
  const exact = total === 0 ? 0 : Math.round(total * share) / total;
  const order = shuffle([...eligible], random).sort((a, b) => b.rows.length - a.rows.length);
  const mixedOf: Members[][] = Array.from({ length: classes }, () => []);
  const pureOf: Members[][] = Array.from({ length: classes }, () => []);
  const open = new Float64Array(classes); // rows of a class still wanted
  for (const group of order) {
    (group.own.size > 1 ? mixedOf : pureOf)[commonest(group)]?.push(group);
    for (const [label, count] of group.own) open[label] = (open[label] ?? 0) + exact * count;
  }
  const held = new Set<Members>();
  for (const mixed of mixedOf) {
    for (const group of take(mixed, exact * countRows(mixed), random)) {
      held.add(group);
      for (const [label, count] of group.own) open[label] = (open[label] ?? 0) - count;
    }
  }
  // Rounded along the running sum from a random start: each class is right in the mean, and their sum is right.
  let sum = random();
  for (const label of shuffle([...pureOf.keys()], random)) {
    const pure = pureOf[label] ?? [];
    const wanted = Math.min(countRows(pure), Math.max(0, open[label] ?? 0));
    const before = Math.floor(sum);
    sum += wanted;
    for (const group of take(pure, Math.floor(sum) - before, random)) held.add(group);
  }
  return held;
}

/** Takes groups, given large ones first, so that about `wanted` of their rows are taken. */
function take(ordered: readonly Members[], wanted: number, random: Random): Members[] {
  const taken: Members[] = [];
  let left = countRows(ordered);
  const decide = (group: Members, isTaken: boolean): void => {
    if (isTaken) {
      taken.push(group);
      wanted = Math.max(0, wanted - group.rows.length);
    }
    left -= group.rows.length;
  };
  const drawByLot = (group: Members): void => {
    const size = group.rows.length;
    const isTaken = random() * left < wanted;
    if (!isTaken && size > wanted) wanted *= (left - size) / (left - wanted);
    decide(group, isTaken);
  };
  let next = 0;
  for (let group = ordered[0]; group && group.rows.length > wanted; group = ordered[++next]) drawByLot(group);
  const rate = left > 0 ? wanted / left : 0;
  let phase = random();
  for (const group of ordered.slice(next)) {
    if (group.rows.length === 1) {
      drawByLot(group);
      continue;
    }
    phase += rate;
    decide(group, phase >= 1);
    phase %= 1;
  }
  return taken;
}

/** Every class that has no group left for training gets one back, any of them. */
function giveBack(held: Set<Members>, groupCounts: readonly number[], random: Random): void {
  const heldOf = groupCounts.map((): Members[] => []);
  for (const group of held) for (const label of group.own.keys()) heldOf[label]?.push(group);
  for (const [label, of] of heldOf.entries()) {
    const still = of.filter((group) => held.has(group));
    if (still.length === 0 || still.length < (groupCounts[label] ?? 0)) continue;
    const [back] = shuffle(still, random);
    if (back) held.delete(back);
  }
}

interface Drawn {
  classCounts: readonly number[];
  groupCounts: readonly number[];
  held: ReadonlySet<Members>;
  /** Rows in groups too large to be drawn. */
  large: number;
  share: number;
  labelNames: readonly string[];
}

function splitNotes({ classCounts, groupCounts, held, large, share, labelNames }: Drawn): string[] {
  const tested = new Set([...held].flatMap(({ own }) => [...own.keys()]));
  const few: string[] = [];
  const together: string[] = [];
  for (const [label, count] of classCounts.entries()) {
    if (count === 0 || tested.has(label)) continue;
    (count > 1 && groupCounts[label] === 1 ? together : few).push(nameOf(label, labelNames));
  }
  const notes: string[] = [];
  if (few.length > 0) notes.push(`Too few rows to be in the test part: ${nameList(few)}.`);
  if (together.length > 0) {
    notes.push(`All rows belong together, so none is in the test part: ${nameList(together)}.`);
  }
  if (large > 0) {
    notes.push(`${formatAmount(large, 'row')} in groups too large for the test part stayed in training.`);
  }
  const wanted = Math.round(classCounts.reduce((sum, count) => sum + count, 0) * share);
  const got = countRows([...held]);
  if (Math.abs(got - wanted) > Math.max(2, wanted / 10)) {
    notes.push(
      `The test part has ${formatAmount(got, 'row')} where ${formatCount(wanted)} were wanted, since rows that belong together stay together.`,
    );
  }
  return notes;
}

/** The class with most rows of a group; of equals the first. */
function commonest({ own }: Members): number {
  let best = 0;
  let most = 0;
  for (const [label, count] of own) if (count > most) [best, most] = [label, count];
  return best;
}

function countRows(members: readonly Members[]): number {
  return members.reduce((sum, { rows }) => sum + rows.length, 0);
}
