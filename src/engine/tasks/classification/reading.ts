/**
 * The texts of a run read with all its encoders, one after the other: what recipes are made of. An encoder that is read
 * with alone comes to the device only where something of it is not kept, and goes again at once.
 */
import { encoderTitle } from '../../../core/models/encoders';
import type { EncodedRows, RecipeCorpus } from '../../../core/recipes/encoded-rows';
import { readingPart } from '../../../core/run/parts';
import { formatCount } from '../../../core/words/numbers';
import { cachedMeans, type ReadEncoder } from '../../frozen/feature-cache';
import { type DistinctTexts, distinctTexts } from '../../frozen/distinct-texts';
import type { Prefix } from '../../frozen/prefix';
import type { Encoder } from '../../models/encoder';
import { disposeWeights } from '../../models/weights';
import type { Corpus } from './corpus';
import type { LabelNames } from './further-encoder';
import type { TaskContext } from './method';
import { MEAN_LAYERS } from '../../threads/forward';

/** Nothing was read: where nothing that is fitted asks for it. */
export function unread({ texts, labelIndices, groups, labels }: Corpus): RecipeCorpus {
  return { encoded: [], texts, labels: labelIndices, groups, classes: labels.length, names: [] };
}

export interface Reading {
  /** Takes what it misses from the first encoder's passes. */
  prefix?: Prefix | undefined;
  /** Called when the first encoder has read everything. */
  onFirst?: (() => void) | undefined;
  /** The labels' names are read too; unless said, where recipes are chosen. */
  withNames?: boolean;
}

/** What every encoder made of all rows, and of the labels' names. Null when stopped. */
export async function readRows(
  context: TaskContext,
  { prefix, onFirst, withNames = context.settings.recipe === 'choose' }: Reading = {},
): Promise<RecipeCorpus | null> {
  const { corpus, model, place, encoderId, modelSha256, names, further } = context;
  const own = { id: encoderId, sha256: modelSha256, distinct: corpus.distinct, names, prefix };
  const asked = (of: LabelNames): LabelNames => (withNames ? of : []);
  const first = await readWith(
    context,
    { ...own, names: asked(names) },
    { config: model.config, place: async () => (await place?.()) ?? model },
    0,
  );
  if (!first) return null;
  onFirst?.();
  const read = [first];
  for (const [i, { id, sha256, tokenIds, names, config, ...encoder }] of further.entries()) {
    const placed: Encoder[] = [];
    const place = async (): Promise<Encoder> => {
      const [own = await encoder.place()] = placed;
      placed[0] = own;
      return own;
    };
    try {
      const texts = { id, sha256, distinct: distinctTexts(tokenIds), names: asked(names) };
      const next = await readWith(context, texts, { config, place }, i + 1);
      if (!next) return null;
      read.push(next);
    } finally {
      for (const { weights } of placed) disposeWeights(weights);
      encoder.close?.();
    }
  }
  const named = read.flatMap(({ names }) => names ?? []);
  return {
    ...unread(corpus),
    encoded: read.map(({ encoded }) => encoded),
    // All of them have a name for the same labels: what a label is called does not depend on who reads it.
    names: named.length === read.length ? named : [],
  };
}

interface TextsToRead {
  id: string;
  sha256: string;
  distinct: DistinctTexts;
  names: LabelNames;
  prefix?: Prefix | undefined;
}

async function readWith(
  { pace, progress, observer, threads, features, further }: TaskContext,
  { id, sha256, distinct, names, prefix }: TextsToRead,
  encoder: ReadEncoder,
  number: number,
): Promise<{ encoded: EncodedRows; names: EncodedRows | null } | null> {
  const total = distinct.tokenIds.length;
  const withWhom = further.length > 0 ? ` with ${encoderTitle(id)}` : '';
  let told = 0;
  const options = {
    store: features,
    modelSha256: sha256,
    pace,
    threads,
    onLog: (message: string) => observer.onLog(message),
  };
  const values = await cachedMeans(encoder, distinct.tokenIds, {
    ...options,
    prefix,
    onTexts(done) {
      const message = `Reading ${formatCount(done)} of ${formatCount(total)} texts${withWhom}`;
      progress.report(readingPart(number), done / total, { message, rows: done - told });
      told = done;
    },
  });
  if (!values) return null;
  const means = { encoder: id, hiddenSize: encoder.config.hiddenSize, layers: MEAN_LAYERS };
  const encoded = { means: { ...means, values }, of: distinct.of };
  const present = names.filter((ids) => ids !== null);
  if (present.length === 0) return { encoded, names: null };
  const texts = distinctTexts(present);
  const ofNames = await cachedMeans(encoder, texts.tokenIds, { ...options, onTexts: () => undefined });
  if (!ofNames) return null;
  let next = 0;
  const of = Int32Array.from(names, (ids) => (ids === null ? -1 : (texts.of[next++] ?? -1)));
  return { encoded, names: { means: { ...means, values: ofNames }, of } };
}
