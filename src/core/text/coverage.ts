/** How much of a set's texts a model's tokenizer can make out, in sums over all rows. */
import type { Surveys } from './surveys';

export interface Coverage {
  /** Characters that stand in words. */
  characters: number;
  /** Of these, the ones that are one and the same sign to the model, whatever they are. */
  unknown: number;
  /** Rows with at least one of them. */
  unknownRows: number;
  /** Words of letters, and of these the ones that it takes in many pieces, see `BROKEN_PIECES`. */
  words: number;
  broken: number;
}

/** The sums of surveys. */
export function coverageOf({ characters, unknown, words, broken }: Omit<Surveys, 'tokens' | 'spelled'>): Coverage {
  return {
    characters: sum(characters),
    unknown: sum(unknown),
    unknownRows: unknown.reduce((rows, count) => rows + (count > 0 ? 1 : 0), 0),
    words: sum(words),
    broken: sum(broken),
  };
}

/** The sums over the rows of both. */
export function addCoverage(a: Coverage, b: Coverage): Coverage {
  return {
    characters: a.characters + b.characters,
    unknown: a.unknown + b.unknown,
    unknownRows: a.unknownRows + b.unknownRows,
    words: a.words + b.words,
    broken: a.broken + b.broken,
  };
}

function sum(values: Int32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
