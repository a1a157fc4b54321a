/**
 * Which token comes next, from the logits of all: repetition penalty (Keskar et al. 2019), then temperature, top-k
 * (Fan et al. 2018), top-p (Holtzman et al. 2020) and min-p (Nguyen et al. 2024), in the order of Hugging Face's
 * `generate`, each on what the one before left; then one by lot. Equal logits go by the lower id.
 */
import type { Random } from '../random';
import type { GenerationSettings } from './generation-settings';

export type SamplingSettings = Pick<GenerationSettings, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>;

/** `seen`: ids that stand in the text already. `random` is asked once, and not where the temperature is 0. */
export function sampleToken(
  logits: Float32Array,
  seen: Iterable<number>,
  settings: SamplingSettings,
  random: Random,
): number {
  const scores = penalised(logits, seen, settings.repetitionPenalty);
  if (settings.temperature === 0) return likeliest(scores);
  const candidates = leftOf(scores, settings);
  let rest = random() * candidates.reduce((sum, { weight }) => sum + weight, 0);
  for (const { id, weight } of candidates) {
    rest -= weight;
    if (rest < 0) return id;
  }
  // By rounding alone.
  return candidates.at(-1)?.id ?? 0;
}

/** A token that may be taken, and its probability times some number that all share. */
export interface Candidate {
  id: number;
  weight: number;
}

/** Those that temperature, top-k, top-p and min-p leave, the likeliest first. */
export function leftOf(
  scores: Float32Array,
  { temperature, topK, topP, minP }: Pick<SamplingSettings, 'temperature' | 'topK' | 'topP' | 'minP'>,
): Candidate[] {
  const most = scores[likeliest(scores)] ?? 0;
  const weightOf = (score: number): number => Math.exp((score - most) / temperature);
  let candidates = largest(scores, topK > 0 ? topK : scores.length).map((id) => ({
    id,
    weight: weightOf(scores[id] ?? -Infinity),
  }));
  if (topP < 1) {
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    let before = 0;
    // One is left while those above it do not reach the share; the likeliest always is.
    candidates = candidates.filter(({ weight }, i) => {
      const stays = i === 0 || before < topP * total;
      before += weight;
      return stays;
    });
  }
  // The likeliest has a weight of 1.
  return minP > 0 ? candidates.filter(({ weight }, i) => i === 0 || weight >= minP) : candidates;
}

/** The id of the largest score, the lowest of equal ones. */
export function likeliest(scores: Float32Array): number {
  let best = 0;
  for (let id = 1; id < scores.length; id++) {
    if ((scores[id] ?? -Infinity) > (scores[best] ?? -Infinity)) best = id;
  }
  return best;
}

function penalised(logits: Float32Array, seen: Iterable<number>, penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const scores = logits.slice();
  for (const id of new Set(seen)) {
    const score = scores[id] ?? 0;
    scores[id] = score < 0 ? score * penalty : score / penalty;
  }
  return scores;
}

/** The ids of the `count` largest scores in their order. */
function largest(scores: Float32Array, count: number): number[] {
  const kept = Math.min(count, scores.length);
  // Numbers alone sort twenty times as fast as ids by their numbers: only those that stay are sorted by these.
  const threshold = scores.slice().sort()[scores.length - kept] ?? -Infinity;
  const above: number[] = [];
  const equal: number[] = [];
  scores.forEach((score, id) => {
    if (score > threshold) above.push(id);
    else if (score === threshold) equal.push(id);
  });
  const order = (a: number, b: number): number => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b;
  return [...above.sort(order), ...equal.slice(0, kept - above.length)];
}
