/**
 * Which training rows a question is near to, by an encoder's vectors as they come: what stands as examples in a few-shot
 * prompt, and whose answer is copied. By words alone the two were weaker than they can be (README, Decisions).
 */
import { denseMatrix } from '../core/baselines/matrix';
import { plainRecipe } from '../core/recipes/recipe';
import { centreOf, recipeVectors } from '../core/recipes/vectors';
import { nearestTo } from '../core/run/nearest';
import { neighbourEncoder } from '../core/text/encoder-for-rows';
import type { LanguageTally } from '../core/text/language-tally';
import { formatCount } from '../core/words/numbers';
import type { Device } from '../engine/device/select';
import { createFeatureStore } from '../storage/features';
import type { OpeningHost } from './run-task';
import { TextReader } from './text-reader';

/** Tokens of a prompt that are looked at. */
const LOOKED_AT_TOKENS = 128;

/** For a question the `count` nearest of some rows, the nearest first; all by their place in the texts that were read. */
export type FindNearest = (question: number, among: Int32Array, count: number) => number[];

/** Reads some texts, so that those near to each other can be found. */
export type ReadNeighbours = (texts: readonly string[]) => Promise<FindNearest>;

/** Fetches the encoder where it is not here; what it reads is kept, and found again by the next run. */
export function readNeighbours(host: OpeningHost, device: Device, languages: LanguageTally | null): ReadNeighbours {
  const { ports, recorder, signal } = host;
  return async (texts) => {
    const reader = await TextReader.open(ports, neighbourEncoder(languages).id, device, signal);
    try {
      const { maxTokens } = reader.model.manifest.card;
      const encoded = await reader.read(reader.encode(texts, Math.min(LOOKED_AT_TOKENS, maxTokens)), {
        signal,
        store: createFeatureStore(ports.database, ports.now),
        onTexts(done, total) {
          const message = `Reading ${formatCount(done)} of ${formatCount(total)} prompts, to find near ones`;
          recorder.onProgress({ phase: 'features', message, phaseProgress: done / total, elapsedMs: host.workedMs() });
        },
      });
      const all = Int32Array.from(texts.keys());
      const recipe = { ...plainRecipe([reader.id]), centred: true };
      const { values, columns } = recipeVectors(recipe, [encoded], all, centreOf(recipe, [encoded], all));
      const vectorOf = (row: number): Float32Array => values.subarray(row * columns, (row + 1) * columns);
      return (question, among, count) => {
        const own = new Float32Array(among.length * columns);
        among.forEach((row, i) => own.set(vectorOf(row), i * columns));
        return nearestTo(denseMatrix(own, columns), vectorOf(question), count).map(({ row }) => among[row] ?? 0);
      };
    } finally {
      reader.dispose();
    }
  };
}
