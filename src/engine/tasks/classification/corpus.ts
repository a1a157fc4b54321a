/**
 * The rows of a run: those for training first, then those of the test part. Rows are numbers into these arrays;
 * rows with the same token ids are one text, so that a frozen encoder runs once for them.
 */
import type { ExperimentData } from '../../../core/run/experiment';
import { AppError } from '../../../core/errors';
import type { Augmentation } from '../../../core/settings/settings';
import type { NoisyCopies } from '../../../core/text/noisy-copies';
import { distinctTexts, type RowTexts } from '../../frozen/distinct-texts';

export interface Corpus extends RowTexts {
  labels: string[];
  texts: string[];
  tokenIds: Int32Array[];
  /** [rows] number of tokens. */
  lengths: Int32Array;
  /** Training rows only: what a method learns from must not know the test part's labels. */
  labelIndices: Int32Array;
  groups: Int32Array;
  /** Training rows with noise in their texts. */
  noisy: NoisyCopies;
  testRows: Int32Array;
}

/** Puts training and test rows together. */
export function createCorpus(data: ExperimentData, testData: ExperimentData | null): Corpus {
  const tokenIds = [...data.tokenIds, ...(testData?.tokenIds ?? [])];
  const rows = Int32Array.from(tokenIds.keys());
  return {
    labels: data.labels,
    texts: [...data.texts, ...(testData?.texts ?? [])],
    tokenIds,
    lengths: Int32Array.from(tokenIds, (ids) => ids.length),
    labelIndices: data.labelIndices,
    groups: data.groups,
    noisy: data.noisy ?? {},
    trainRows: rows.slice(0, data.tokenIds.length),
    testRows: rows.slice(data.tokenIds.length),
    distinct: distinctTexts(tokenIds),
  };
}

/** The same rows in another encoder's tokens, of which there are no noisy copies. */
export function inTokens(corpus: Corpus, tokenIds: readonly Int32Array[]): Corpus {
  const lengths = Int32Array.from(tokenIds, (ids) => ids.length);
  return { ...corpus, tokenIds: [...tokenIds], lengths, noisy: {}, distinct: distinctTexts(tokenIds) };
}

/**
 * The token ids that training reads of a training row in a pass (0-based): its text's, or another noisy copy in every pass.
 * Throws `internal` where the copies were not made.
 */
export function trainingIds(
  { tokenIds, noisy }: Pick<Corpus, 'tokenIds' | 'noisy'>,
  augmentation: Augmentation,
  pass: number,
): (row: number) => Int32Array {
  if (augmentation === 'none') return (row) => tokenIds[row] ?? new Int32Array();
  const copies = noisy[augmentation];
  if (!copies)
    throw new AppError('internal', `Rows without noise of the kind «${augmentation}» were to be trained on.`);
  return (row) => {
    const own = copies[row] ?? [];
    return own[pass % own.length] ?? new Int32Array();
  };
}

/** Some rows as a corpus of their own, all for training, their texts as they are. */
export function partOf(corpus: Corpus, part: readonly number[]): Corpus {
  const rows = Int32Array.from(part);
  const tokenIds = Array.from(rows, (row) => corpus.tokenIds[row] ?? new Int32Array());
  return {
    labels: corpus.labels,
    texts: Array.from(rows, (row) => corpus.texts[row] ?? ''),
    tokenIds,
    lengths: rows.map((row) => corpus.lengths[row] ?? 0),
    labelIndices: rows.map((row) => corpus.labelIndices[row] ?? 0),
    groups: rows.map((row) => corpus.groups[row] ?? 0),
    noisy: {},
    trainRows: Int32Array.from(rows.keys()),
    testRows: new Int32Array(),
    distinct: distinctTexts(tokenIds),
  };
}

/** The labels of some training rows. */
export function labelsOf(corpus: Pick<Corpus, 'labelIndices'>, rows: Int32Array): Int32Array {
  return rows.map((row) => corpus.labelIndices[row] ?? 0);
}
