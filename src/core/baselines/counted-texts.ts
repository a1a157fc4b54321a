/**
 * Texts cut into terms once, for fits to any of their rows: every fold, every choice of a strength. Gives what `fitTfIdf`
 * and `transformTfIdf` give of the same rows, to the bit. Cutting into runs of characters takes as long as fitting to them.
 */
import type { SparseMatrix } from './matrix';
import { idfOf, type TermsOf } from './tf-idf';

/** Of more terms in all texts together (a hundred megabytes), the rest is cut anew each time. */
const MOST_KEPT = 2e7;

/** A count above it is taken for it: of a text that says one thing so often, the logarithm tells enough. */
const MOST_COUNTED = 65_535;

/** The different terms of a text, by their numbers, in the order in which they come first. */
interface Counted {
  terms: Int32Array;
  counts: Uint16Array;
}

/** What was learnt of rows: the number of each column's term, and its idf. */
export interface CountedTfIdf {
  terms: Int32Array;
  idf: Float64Array;
}

export class CountedTexts {
  readonly #texts: readonly string[];
  readonly #cut: TermsOf;
  readonly #mostKept: number;
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  readonly #kept = new Map<number, Counted>();
  #keptTerms = 0;

  constructor(texts: readonly string[], cut: TermsOf, mostKept = MOST_KEPT) {
    this.#texts = texts;
    this.#cut = cut;
    this.#mostKept = mostKept;
  }

  /** Columns stand in the order in which the rows bring their terms. */
  fit(rows: Int32Array): CountedTfIdf {
    // Cut first, so that every term has its number.
    const counted = Array.from(rows, (row) => this.#countedOf(row));
    const columns = new Int32Array(this.#words.length).fill(-1);
    const terms: number[] = [];
    const documents: number[] = [];
    for (const { terms: own } of counted) {
      for (const term of own) {
        let column = columns[term] ?? -1;
        if (column < 0) {
          column = terms.push(term) - 1;
          columns[term] = column;
        }
        documents[column] = (documents[column] ?? 0) + 1;
      }
    }
    return { terms: Int32Array.from(terms), idf: idfOf(documents, rows.length) };
  }

  /** Rows (1 + ln count) · idf over the learnt terms, scaled to length 1. */
  transform({ terms, idf }: CountedTfIdf, rows: Int32Array): SparseMatrix {
    const counted = Array.from(rows, (row) => this.#countedOf(row));
    const columns = new Int32Array(this.#words.length).fill(-1);
    terms.forEach((term, column) => (columns[term] = column));
    const rowStarts = new Int32Array(rows.length + 1);
    const most = counted.reduce((sum, { terms: own }) => sum + own.length, 0);
    const columnIndices = new Int32Array(most);
    const values = new Float64Array(most);
    let end = 0;
    for (const [i, { terms: own, counts }] of counted.entries()) {
      // Column and count in one number, which sorts by column.
      const entries = new Float64Array(own.length);
      let known = 0;
      own.forEach((term, at) => {
        const column = columns[term] ?? -1;
        if (column >= 0) entries[known++] = column * (MOST_COUNTED + 1) + (counts[at] ?? 0);
      });
      const start = end;
      let squares = 0;
      for (const entry of entries.subarray(0, known).sort()) {
        const column = Math.floor(entry / (MOST_COUNTED + 1));
        const value = (1 + Math.log(entry % (MOST_COUNTED + 1))) * (idf[column] ?? 0);
        columnIndices[end] = column;
        values[end++] = value;
        squares += value * value;
      }
      const length = Math.sqrt(squares);
      for (let at = start; at < end; at++) values[at] = (values[at] ?? 0) / length;
      rowStarts[i + 1] = end;
    }
    return {
      kind: 'sparse',
      rows: rows.length,
      columns: idf.length,
      rowStarts,
      columnIndices: columnIndices.slice(0, end),
      values: values.slice(0, end),
    };
  }

  /** The terms of the columns. */
  wordsOf({ terms }: CountedTfIdf): string[] {
    return Array.from(terms, (term) => this.#words[term] ?? '');
  }

  /** The numbers of terms: the other way round. */
  numbersOf(words: readonly string[]): Int32Array {
    return Int32Array.from(words, (word) => this.#numberOf(word));
  }

  #countedOf(row: number): Counted {
    const kept = this.#kept.get(row);
    if (kept) return kept;
    const counts = new Map<number, number>();
    for (const term of this.#cut(this.#texts[row] ?? '')) {
      const number = this.#numberOf(term);
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
    const counted = {
      terms: Int32Array.from(counts.keys()),
      counts: Uint16Array.from(counts.values(), (count) => Math.min(count, MOST_COUNTED)),
    };
    if (this.#keptTerms + counted.terms.length <= this.#mostKept) {
      this.#keptTerms += counted.terms.length;
      this.#kept.set(row, counted);
    }
    return counted;
  }

  #numberOf(term: string): number {
    const known = this.#numbers.get(term);
    if (known !== undefined) return known;
    const number = this.#words.push(term) - 1;
    this.#numbers.set(term, number);
    return number;
  }
}
