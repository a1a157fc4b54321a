/**
 * A blind vote: pairs of a tuned answer and one without training, drawn by lot, sides by lot, without names. Plain values;
 * every step gives a new one, so that a step can be taken back.
 */
import { wilson95 } from '../../metrics/intervals';
import { createRandom, deriveSeed, shuffle } from '../../random';
import type { Sample, UntrainedWay, Vote } from '../generation';

export const PAIRS = 20;

export type Choice = 'first' | 'second' | 'equal';

export interface BlindVote {
  seed: number;
  against: UntrainedWay;
  /** By `line` of the sample; whether the tuned answer is shown first. */
  pairs: { line: number; tunedFirst: boolean }[];
  /** Of the pairs so far, in their order. */
  choices: Choice[];
}

/** Draws the pairs: rows whose two answers differ, at most `pairs` of them. The same seed draws the same. */
export function drawVote(
  samples: readonly Sample[],
  { seed, against, pairs = PAIRS }: { seed: number; against: UntrainedWay; pairs?: number },
): BlindVote {
  const random = createRandom(deriveSeed(seed, 'blind vote', against));
  const differing = samples.filter(({ answers }) => {
    const [tuned, other] = [answers.tuned, answers[against]];
    return tuned !== null && other !== null && tuned.text.trim() !== other.text.trim();
  });
  const drawn = shuffle([...differing], random).slice(0, pairs);
  return { seed, against, pairs: drawn.map(({ line }) => ({ line, tunedFirst: random() < 0.5 })), choices: [] };
}

/** The vote with one choice more; itself when it is done. */
export function choose(vote: BlindVote, choice: Choice): BlindVote {
  return isDone(vote) ? vote : { ...vote, choices: [...vote.choices, choice] };
}

/** The vote without its last choice. */
export function undo(vote: BlindVote): BlindVote {
  return { ...vote, choices: vote.choices.slice(0, -1) };
}

/** True when every pair was judged. */
export function isDone({ pairs, choices }: BlindVote): boolean {
  return choices.length >= pairs.length;
}

/** What a vote came to; null before its last pair, so that nobody votes by the score. */
export function resultOf(vote: BlindVote): Vote | null {
  if (!isDone(vote) || vote.pairs.length === 0) return null;
  const votes = vote.pairs.map(({ line, tunedFirst }, i): Vote['votes'][number] => {
    const choice = vote.choices[i];
    if (choice === 'equal' || choice === undefined) return { line, picked: 'equal' };
    return { line, picked: (choice === 'first') === tunedFirst ? 'tuned' : 'other' };
  });
  const count = (picked: Vote['votes'][number]['picked']): number =>
    votes.filter((one) => one.picked === picked).length;
  const [tuned, other] = [count('tuned'), count('other')];
  const told = tuned + other;
  return {
    ...{ against: vote.against, seed: vote.seed, pairs: votes.length, tuned, other, equal: count('equal') },
    win_rate: told === 0 ? null : tuned / told,
    win_rate_ci95: told === 0 ? null : wilson95(tuned, told),
    votes,
  };
}
