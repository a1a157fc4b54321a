/**
 * parity.json: the proof that a file answers as the run did. The page reads back the bytes that it wrote, computes the model
 * anew from them, and compares what it makes of fixed rows with what the run's own model makes of them: the value of every
 * word (logits) at every place. What the run answered to held-out rows is among the rows, so the choice at each step of those
 * answers is the greedy answer.
 */
import { encodeExample, encodePrompt, type ChatReader } from '../text/examples';
import type { WrittenFile } from '../formats/planned-file';
import type { WriterFormatId } from './formats';

export interface ParityRow {
  /** Why it is among them. */
  what: 'one token' | 'longest held-out' | 'emoji' | 'right to left' | 'empty after trimming' | 'held-out';
  ids: Int32Array;
  /** [ids] 1 for a token of the run's answer. */
  answer: Uint8Array;
}

/** A held-out row: what was asked, and what the run answered. */
export interface ParitySample {
  prompt: string;
  answer: string;
}

/** How many rows, and how many tokens in all and in one of them: a processor takes about 15 s for 1,024. */
export interface ParityBudget {
  rows: number;
  tokens: number;
  rowTokens: number;
}

export const PARITY_BUDGET: Readonly<Record<'webgpu' | 'wasm', ParityBudget>> = {
  webgpu: { rows: 64, tokens: 8192, rowTokens: 1024 },
  wasm: { rows: 64, tokens: 768, rowTokens: 192 },
};

const FIXED: readonly (readonly [ParityRow['what'], string])[] = [
  ['emoji', '👩‍🔬🇨🇭👍🏽 café?'],
  ['right to left', 'مرحبا، שלום!'],
  ['empty after trimming', ' \n\t '],
];

/** The fixed rows first, then held-out ones as they come, while there is room. */
export function parityRows(
  reader: ChatReader,
  samples: readonly ParitySample[],
  { rows: most, tokens: room, rowTokens }: ParityBudget,
): ParityRow[] {
  const held = samples.map(({ prompt, answer }): ParityRow => {
    const asked = { role: 'user' as const, content: prompt };
    const { ids, trained } = encodeExample(
      reader,
      { messages: [asked, { role: 'assistant', content: answer }] },
      rowTokens,
    );
    return { what: 'held-out', ids, answer: trained };
  });
  const fixed = FIXED.map(([what, content]): ParityRow => {
    const ids = encodePrompt(reader, { messages: [{ role: 'user', content }] }).slice(0, rowTokens);
    return { what, ids, answer: new Uint8Array(ids.length) };
  });
  const longest = held.reduce<ParityRow | null>((a, b) => (a === null || b.ids.length > a.ids.length ? b : a), null);
  const whole = fixed[0]?.ids ?? new Int32Array(1);
  const rows: ParityRow[] = [
    { what: 'one token', ids: whole.slice(0, 1), answer: new Uint8Array(1) },
    ...fixed,
    ...(longest === null ? [] : [{ ...longest, what: 'longest held-out' as const }]),
  ];
  let tokens = rows.reduce((sum, { ids }) => sum + ids.length, 0);
  for (const row of held) {
    if (rows.length >= most) break;
    if (row === longest || tokens + row.ids.length > room) continue;
    rows.push(row);
    tokens += row.ids.length;
  }
  return rows;
}

/** What two models make of one row. */
export interface RowDifference {
  /** Places whose next word was compared: all of its tokens. */
  places: number;
  /** Largest difference of a logit, and the largest logit of the run's own model, both without sign. */
  difference: number;
  largest: number;
  /** [places] 1 where both hold the same word for the likeliest next one. */
  same: Uint8Array;
}

/**
 * How far logits may be apart, as a share of the largest: half precision keeps 11 bits of a value and Q8_0 about 7, whose
 * errors add up over 30 layers (a tuned SmolLM2: 0.0014 and 0.042). What an adapter holds is what was trained, to the bit.
 */
export const PARITY_TOLERANCE: Readonly<Record<WriterDtype, number>> = {
  float32: 1e-5,
  float16: 5e-3,
  q8_0: 1e-1,
};

type WriterDtype = 'float32' | 'float16' | 'q8_0';

/** Of written answers. */
export interface WriterParity {
  schema: 'hone.parity';
  version: 1;
  format: WriterFormatId;
  dtype: WriterDtype;
  /** Of the weights that the run stands on. */
  base: { id: string; sha256: string };
  computed_on: 'webgpu' | 'wasm';
  rows: { what: ParityRow['what']; tokens: number; largest_difference: number; same_first_choices: number }[];
  /** Of a logit. `relative`: as a share of the largest logit; that is what the tolerance is for. */
  largest_difference: number;
  relative_difference: number;
  tolerance: number;
  /** Places where both hold the same word for the likeliest. */
  first_choices: { places: number; same: number };
  /** Greedy answers of the run to held-out rows, word by word. */
  answers: { rows: number; same: number };
  /** Of the folder, as they were read back. */
  files: WrittenFile[];
  same: boolean;
}

/** What was found, judged. */
export function parityOf(
  format: { id: WriterFormatId; dtype: WriterDtype },
  found: {
    base: WriterParity['base'];
    backend: WriterParity['computed_on'];
    rows: readonly ParityRow[];
    differences: readonly RowDifference[];
    files: readonly WrittenFile[];
  },
): WriterParity {
  const { base, backend, rows, differences, files } = found;
  const tolerance = PARITY_TOLERANCE[format.dtype];
  const most = (values: readonly number[]): number => values.reduce((a, b) => (Number.isNaN(b) || b > a ? b : a), 0);
  const difference = most(differences.map((row) => row.difference));
  const largest = most(differences.map((row) => row.largest));
  const relative = difference === 0 ? 0 : difference / largest;
  const count = (same: Uint8Array): number => same.reduce((sum, one) => sum + one, 0);
  const answered = rows.flatMap(({ answer }, i) => (answer.includes(1) ? [{ answer, row: differences[i] }] : []));
  // A token is chosen at the place before it.
  const sameAnswers = answered.filter(({ answer, row }) =>
    answer.every((one, at) => one === 0 || at === 0 || row?.same[at - 1] === 1),
  );
  return {
    ...{ schema: 'hone.parity', version: 1, format: format.id, dtype: format.dtype, base, computed_on: backend },
    rows: rows.map(({ what, ids }, i) => ({
      what,
      tokens: ids.length,
      largest_difference: differences[i]?.difference ?? NaN,
      same_first_choices: count(differences[i]?.same ?? new Uint8Array()),
    })),
    largest_difference: difference,
    relative_difference: relative,
    tolerance,
    first_choices: {
      places: differences.reduce((sum, { places }) => sum + places, 0),
      same: differences.reduce((sum, { same }) => sum + count(same), 0),
    },
    answers: { rows: answered.length, same: sameAnswers.length },
    files: [...files],
    same: rows.length > 0 && rows.length === differences.length && relative <= tolerance,
  };
}
