/** How much of a model stands in a browser's storage, told from its manifest and the names of the files that are there. */
import type { ModelManifest } from './manifest';

export interface KeptFiles {
  bytesKept: number;
  /** Weights and tokenizer. */
  bytesTotal: number;
  shards: number;
  /** The first shard that is missing, 1-based; null where all are there. */
  nextShard: number | null;
  whole: boolean;
}

/** `there`: names of files that were verified when they were kept. */
export function keptFiles(
  { shards, tokenizer }: Pick<ModelManifest, 'shards' | 'tokenizer'>,
  there: readonly string[],
): KeptFiles {
  const kept = new Set(there);
  const files = [tokenizer, ...shards];
  const sum = (some: readonly { bytes: number }[]): number => some.reduce((bytes, file) => bytes + file.bytes, 0);
  const missing = files.filter(({ file }) => !kept.has(file));
  const next = shards.findIndex(({ file }) => !kept.has(file));
  const bytesTotal = sum(files);
  return {
    bytesKept: bytesTotal - sum(missing),
    bytesTotal,
    shards: shards.length,
    nextShard: next < 0 ? null : next + 1,
    whole: missing.length === 0,
  };
}
