/**
 * Which rows stand on one side of every split of a run: copies, near copies, and rows with the same value of the
 * field that they are kept together by.
 *
 * Two rules keep this from lumping what may be apart:
 * - Near copies whose labels differ are no group where the labels are as mixed as in the set: there the word or number
 *   that differs decides («72 degrees» is hot, «31 degrees» is not), and a model that has learned the sentence by heart
 *   gains nothing. A cluster stays together when its commonest label explains at least half of what that label's share
 *   of all rows leaves open. Copies always stay together.
 * - A text that stands in many conversations («ok, thanks») would join them all to one. Copies and near copies join
 *   conversations, those in the fewest first, as long as what they join has at most a tenth of the rows (or as many as
 *   the largest conversation). The rest are counted: they can stand on both sides.
 */
import type { Row } from './dataset';
import { groupRows } from './groups';
import { clusterNearCopies } from './near-copies';
import { Union } from './union';

export type GroupedRow = Pick<Row, 'text' | 'target' | 'together'>;

export interface SplitGroups {
  /** Group of every row [rows]. */
  groups: Int32Array;
  /** [rows] the same by text alone: copies and near copies, whatever the field says. */
  alike: Int32Array;
  /** Rows whose text stands there more than once, case and punctuation aside. */
  copies: number;
  /** Rows that are near copies of another, copies not counted. */
  nearCopies: number;
  /** Rows that share their value of the field with others, and how many such values there are; 0 without a field. */
  keptTogether: number;
  conversations: number;
  /** Rows whose copies or near copies can stand on the other side, since joining them would lump conversations. */
  torn: number;
  /** How closely labels follow the field: 0 as by chance, 1 each value has one label. 0 without a field. */
  labelsFollow: number;
}

/** Largest part of the rows that copies may join conversations to. */
const LARGEST_SHARE = 0.1;
/** A cluster's commonest label explains at least this much of what its share of all rows leaves open. */
const EXPLAINED = 0.5;

export function groupForSplits(rows: readonly GroupedRow[]): SplitGroups {
  const texts = groupRows(rows);
  const alike = joinNear(rows, texts);
  const isCopy = hasTwin(texts);
  const isAlike = hasTwin(alike);
  const copies = isCopy.reduce((sum, twin) => sum + twin, 0);
  const nearCopies = isAlike.reduce((sum, twin, row) => sum + (isCopy[row] === 1 ? 0 : twin), 0);
  const counts = { copies, nearCopies, alike };
  if (rows.every(({ together }) => together === undefined)) {
    return { ...counts, groups: alike, keptTogether: 0, conversations: 0, torn: 0, labelsFollow: 0 };
  }
  const conversations = byConversation(rows);
  const shared = [...conversations.values()].filter((own) => own.length > 1);
  return {
    ...counts,
    ...joinConversations(rows, alike, conversations),
    keptTogether: shared.reduce((sum, own) => sum + own.length, 0),
    conversations: shared.length,
    labelsFollow: labelAgreement(rows),
  };
}

/** Groups of copies, joined to those of near copies where their labels allow it. */
function joinNear(rows: readonly GroupedRow[], texts: Int32Array): Int32Array {
  const firsts: string[] = [];
  for (const [row, { text }] of rows.entries()) if (texts[row] === firsts.length) firsts.push(text);
  const clusterOf = clusterNearCopies(firsts);
  const cluster = texts.map((text) => clusterOf[text] ?? 0);
  const hasNear = hasTwin(clusterOf);
  const labels = new Map<number, Map<string, number>>();
  const overall = new Map<string, number>();
  for (const [row, { target }] of rows.entries()) {
    count(overall, target);
    if (hasNear[texts[row] ?? 0] !== 1) continue;
    const known = labels.get(cluster[row] ?? 0) ?? new Map<string, number>();
    labels.set(cluster[row] ?? 0, count(known, target));
  }
  const dissolved = new Set<number>();
  for (const [number, own] of labels) if (!explains(own, overall, rows.length)) dissolved.add(number);
  const groups = new Union(firsts.length);
  const firstOf = new Map<number, number>();
  for (const [text, number] of clusterOf.entries()) {
    if (hasNear[text] !== 1 || dissolved.has(number)) continue;
    const first = firstOf.get(number);
    if (first === undefined) firstOf.set(number, text);
    else groups.join(first, text);
  }
  const numbers = groups.numbers();
  return texts.map((text) => numbers[text] ?? 0);
}

/** True where the commonest label of a cluster is clearly more frequent in it than in all rows. */
function explains(own: ReadonlyMap<string, number>, overall: ReadonlyMap<string, number>, rows: number): boolean {
  if (own.size === 1) return true;
  const size = [...own.values()].reduce((sum, n) => sum + n, 0);
  return [...own].some(([label, n]) => {
    const usual = (overall.get(label) ?? 0) / rows;
    return n / size >= usual + EXPLAINED * (1 - usual);
  });
}

function byConversation(rows: readonly Pick<Row, 'together'>[]): Map<string, number[]> {
  const conversations = new Map<string, number[]>();
  for (const [row, { together }] of rows.entries()) {
    if (together === undefined) continue;
    const own = conversations.get(together);
    if (own) own.push(row);
    else conversations.set(together, [row]);
  }
  return conversations;
}

/** Conversations, joined by the texts that stand in several as far as that lumps nothing. */
function joinConversations(
  rows: readonly GroupedRow[],
  alike: Int32Array,
  conversations: ReadonlyMap<string, number[]>,
): Pick<SplitGroups, 'groups' | 'torn'> {
  const groups = new Union(rows.length);
  let largest = rows.length * LARGEST_SHARE;
  for (const own of conversations.values()) {
    largest = Math.max(largest, own.length);
    for (const row of own) groups.join(own[0] ?? row, row);
  }
  const alikeRows: number[][] = [];
  for (const [row, group] of alike.entries()) (alikeRows[group] ??= []).push(row);
  // Rows of no conversation join none by being the same, however many they are.
  for (const own of alikeRows) {
    const free = own.filter((row) => rows[row]?.together === undefined);
    for (const row of free) groups.join(free[0] ?? row, row);
  }
  const sizes = new Int32Array(rows.length);
  for (const row of rows.keys()) {
    const root = groups.find(row);
    sizes[root] = (sizes[root] ?? 0) + 1;
  }
  const rootsOf = (own: readonly number[]): number[] => [...new Set(own.map((row) => groups.find(row)))];
  const bridges = alikeRows
    .filter((own) => own.length > 1)
    .map((own) => ({ own, width: rootsOf(own).length }))
    .sort((a, b) => a.width - b.width);
  let torn = 0;
  for (const { own } of bridges) {
    const [first = 0, ...others] = rootsOf(own);
    for (const other of others) {
      const [a, b] = [groups.find(first), groups.find(other)];
      const size = (sizes[a] ?? 0) + (sizes[b] ?? 0);
      if (a === b || size > largest) continue;
      groups.join(a, b);
      sizes[groups.find(a)] = size;
    }
    if (rootsOf(own).length > 1) torn += own.length;
  }
  return { groups: groups.numbers(), torn };
}

/**
 * How much more often two rows of one conversation share their label than any two rows (a kappa over pairs): 1 where
 * every conversation has one label. Pairs do not flatter small conversations, as the share of the commonest would.
 */
export function labelAgreement(rows: readonly Pick<Row, 'target' | 'together'>[]): number {
  const conversations = [...byConversation(rows).values()];
  const pairs = (n: number): number => n * (n - 1);
  const samePairs = (own: Iterable<Pick<Row, 'target'> | undefined>): number => {
    const counts = new Map<string, number>();
    for (const row of own) if (row) count(counts, row.target);
    return [...counts.values()].reduce((sum, n) => sum + pairs(n), 0);
  };
  const within = conversations.reduce((sum, own) => sum + pairs(own.length), 0);
  const chance = samePairs(rows) / Math.max(1, pairs(rows.length));
  if (within === 0 || chance === 1) return 0;
  const same = conversations.reduce((sum, own) => sum + samePairs(own.map((row) => rows[row])), 0) / within;
  return (same - chance) / (1 - chance);
}

/** 1 for every member [members] whose group has others. */
function hasTwin(groups: Int32Array): Uint8Array {
  const sizes = new Int32Array(groups.length);
  for (const group of groups) sizes[group] = (sizes[group] ?? 0) + 1;
  return Uint8Array.from(groups, (group) => ((sizes[group] ?? 0) > 1 ? 1 : 0));
}

function count(counts: Map<string, number>, label: string): Map<string, number> {
  return counts.set(label, (counts.get(label) ?? 0) + 1);
}
