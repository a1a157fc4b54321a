/** What is said of a model's files, in words. Pure. */
import type { ModelEntry } from '../core/models/card';
import { formatBytes } from '../core/words/numbers';
import type { ModelState } from '../state/models.svelte';

/** Weights and tokenizer. */
export function modelBytes({ card, tokenizerBytes }: Pick<ModelEntry, 'card' | 'tokenizerBytes'>): number {
  return card.bytes + tokenizerBytes;
}

/** True for a model that the person brought along: it is in this browser, or nowhere. */
export function isOwn({ folder }: Pick<ModelEntry, 'folder'>): boolean {
  return folder === null;
}

/** Where a model's files are, in a sentence, and how far a bar beside it is. */
export function placeWords(state: ModelState, model: ModelEntry): { words: string; share: number | null } {
  switch (state.kind) {
    case 'looking':
      return { words: 'Looking whether it is here.', share: null };
    case 'absent':
      return {
        words: `Not in this browser. A run that reads with it fetches ${formatBytes(modelBytes(model))}.`,
        share: null,
      };
    case 'partly': {
      const { bytesKept, bytesTotal, nextShard, shards } = state;
      if (isOwn(model)) {
        const words = `${ofBytes(bytesKept, bytesTotal)} came in. Take it out, or bring the same files again.`;
        return { words, share: null };
      }
      const on = nextShard === null ? 'its tokenizer' : `shard ${nextShard} of ${shards}`;
      return { words: `${ofBytes(bytesKept, bytesTotal)} here; goes on from ${on}.`, share: bytesKept / bytesTotal };
    }
    case 'fetching': {
      const { bytesKept, bytesTotal, shard, shards } = state.progress;
      if (bytesTotal === 0) return { words: 'Being fetched.', share: 0 };
      const what = shard === 0 ? 'the tokenizer' : `shard ${shard} of ${shards}`;
      return { words: `Being fetched: ${ofBytes(bytesKept, bytesTotal)}, ${what}.`, share: bytesKept / bytesTotal };
    }
    case 'here':
      return { words: isOwn(model) ? 'In this browser, from your files' : 'In this browser already', share: null };
  }
}

/** «52 of 72 MB»: the unit once. */
export function ofBytes(part: number, whole: number): string {
  const [some, all] = [formatBytes(part), formatBytes(whole)];
  const unit = all.slice(all.indexOf(' '));
  return `${some.endsWith(unit) ? some.slice(0, -unit.length) : some} of ${all}`;
}
