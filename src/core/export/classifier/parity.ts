/**
 * parity.json of a classifier: the page reads back the bytes that it wrote, computes the model anew from them, and compares the
 * probability of every label with what the page itself answers to the same texts.
 */
import type { WrittenFile } from '../../formats/planned-file';
import type { ClassifierFormat, PageFormat } from '../formats';

/** A format of runs that sort texts, in what of it a proof tells. */
type Format = Pick<ClassifierFormat | PageFormat, 'id' | 'dtype'>;

export interface ParityText {
  /** Why it is among them. */
  what: 'one token' | 'longest' | 'emoji' | 'right to left' | 'empty after trimming' | 'held-out';
  text: string;
}

/** How many texts; how many tokens in all, which a processor reads in half a minute. */
export interface ClassifierBudget {
  rows: number;
  tokens: number;
}

export const CLASSIFIER_BUDGET: Readonly<Record<'webgpu' | 'wasm', ClassifierBudget>> = {
  webgpu: { rows: 64, tokens: 8192 },
  wasm: { rows: 64, tokens: 4096 },
};

const FIXED: readonly ParityText[] = [
  { what: 'one token', text: 'a' },
  { what: 'emoji', text: '👩‍🔬🇨🇭👍🏽 café?' },
  { what: 'right to left', text: 'مرحبا، שלום!' },
  { what: 'empty after trimming', text: ' \n\t ' },
];

/**
 * The fixed texts and the longest of `texts`, then others of them, evenly spread. Where all would be too many tokens each is cut
 * to its share of them, the longest not; where there are few, they are asked again without their first words.
 */
export function parityTexts(
  texts: readonly string[],
  countTokens: (text: string) => number,
  { rows: most, tokens: room }: ClassifierBudget,
): ParityText[] {
  const different = [...new Set(texts)];
  const longest = different.reduce((a, b) => (b.length > a.length ? b : a), '');
  const rows: ParityText[] = [...FIXED, ...(longest === '' ? [] : [{ what: 'longest' as const, text: longest }])];
  const left = most - rows.length;
  const others = different.filter((text) => text !== longest);
  const share = Math.floor((room - rows.reduce((sum, { text }) => sum + countTokens(text), 0)) / Math.max(1, left));
  for (let i = 0; i < Math.min(left, others.length); i++) {
    const text = others[Math.floor((i * others.length) / Math.min(left, others.length))] ?? '';
    rows.push({ what: 'held-out', text: cutTo(text, Math.max(8, share), countTokens) });
  }
  const asked = new Set(rows.map(({ text }) => text));
  for (let skipped = 1; rows.length < most && skipped < 8; skipped++) {
    for (const text of different) {
      const shorter = cutTo(text.split(/\s+/u).slice(skipped).join(' '), Math.max(8, share), countTokens);
      if (rows.length >= most || shorter === '' || asked.has(shorter)) continue;
      asked.add(shorter);
      rows.push({ what: 'held-out', text: shorter });
    }
  }
  return rows;
}

/** The beginning of a text that is no more than so many tokens, and a little less. */
function cutTo(text: string, most: number, countTokens: (text: string) => number): string {
  let cut = text;
  for (let tokens = countTokens(cut); tokens > most && cut !== ''; tokens = countTokens(cut)) {
    cut = cut.slice(0, Math.floor((cut.length * most * 0.95) / tokens));
  }
  return cut;
}

/**
 * How far a probability may be off. In float32 that is the order of sums. Weights in 8 bits move probabilities of unsure texts
 * by up to some hundredths; the answer stays.
 */
export const CLASSIFIER_TOLERANCE: Readonly<Record<Format['dtype'], number>> = {
  float32: 1e-4,
  float16: 1e-3,
  int8: 0.1,
};

/** Two labels whose probabilities are no further apart are as likely: either may come first. */
const TIE: Readonly<Record<Format['dtype'], number>> = { float32: 2e-4, float16: 2e-3, int8: 0.02 };

export interface ClassifierParity {
  schema: 'hone.parity';
  version: 1;
  task: 'classification';
  format: Format['id'];
  dtype: Format['dtype'];
  /** Of the weights that the run stands on. */
  base: { id: string; sha256: string };
  /** True of the plain classifier that was fitted beside the run's own: that is what the page was asked with then. */
  plain: boolean;
  labels: number;
  computed_on: 'webgpu' | 'wasm';
  rows: { what: ParityText['what']; tokens: number; largest_difference: number; same_answer: boolean }[];
  /** Of a probability. */
  largest_difference: number;
  tolerance: number;
  answers: { rows: number; same: number };
  /** Of the folder, as they were read back. */
  files: WrittenFile[];
  same: boolean;
}

/** What was found, judged: the same where no probability is further off than its type rounds, and every answer is the same. */
export function classifierParity(
  format: Format,
  found: Pick<ClassifierParity, 'base' | 'plain' | 'computed_on'> & {
    classes: number;
    texts: readonly ParityText[];
    /** [texts] as the page reads them. */
    tokens: readonly number[];
    /** [texts, classes] */
    own: Float32Array;
    theirs: Float32Array;
    files: readonly WrittenFile[];
  },
): ClassifierParity {
  const { base, plain, computed_on, classes, texts, tokens, own, theirs, files } = found;
  const tolerance = CLASSIFIER_TOLERANCE[format.dtype];
  const rows = texts.map(({ what }, row) => {
    const [a, b] = [own, theirs].map((values) => values.subarray(row * classes, (row + 1) * classes));
    let largest = a?.length === classes && b?.length === classes ? 0 : NaN;
    a?.forEach((value, label) => {
      const difference = Math.abs(value - (b?.[label] ?? NaN));
      largest = worse(largest, difference);
    });
    const [first, second] = [argmax(a), argmax(b)];
    const isTie = (a?.[first] ?? 0) - (a?.[second] ?? 0) <= TIE[format.dtype];
    return { what, tokens: tokens[row] ?? 0, largest_difference: largest, same_answer: first === second || isTie };
  });
  const largest = rows.reduce((most, row) => worse(most, row.largest_difference), 0);
  const same = rows.filter((row) => row.same_answer).length;
  return {
    ...{ schema: 'hone.parity', version: 1, task: 'classification', format: format.id, dtype: format.dtype },
    ...{ base, plain, labels: classes, computed_on, rows, largest_difference: largest, tolerance },
    answers: { rows: rows.length, same },
    files: [...files],
    same: rows.length > 0 && same === rows.length && largest <= tolerance,
  };
}

/** The larger, NaN before all. */
function worse(a: number, b: number): number {
  return Number.isNaN(a) || a >= b ? a : b;
}

function argmax(values: Float32Array | undefined): number {
  let best = 0;
  values?.forEach((value, i) => {
    if (value > (values[best] ?? 0)) best = i;
  });
  return best;
}
