/**
 * The folds that a rung is fitted in at once. What is decided goes by whole blocks, and one that an earlier start had begun
 * is brought to its end first: so a search that goes on decides what it would have decided undisturbed.
 */
import type { FoldAnswers } from './answers';
import { type LadderPlan, lookFolds, type PlannedRung, type RowShare } from './plan';

/** Numbers of the folds, block by block: of a first look, then as many as are fitted side by side; all of them on a part of the rows. */
export function blocksOf(
  { first, atOnce }: Pick<PlannedRung, 'first' | 'atOnce'>,
  { folds }: Pick<LadderPlan, 'folds'>,
  share: RowShare = 1,
): number[][] {
  const all = Array.from({ length: folds }, (_, fold) => fold);
  if (share !== 1 || first === 'whole' || first === null) return [all];
  const step = Math.max(1, atOnce);
  // Two at least where it was seen on a quarter only: fewer say nothing.
  const look = first === 'rows' ? Math.max(step, lookFolds(folds)) : lookFolds(folds);
  const blocks = [all.slice(0, look)];
  for (let at = look; at < folds; at += step) blocks.push(all.slice(at, at + step));
  return blocks;
}

/** Of these folds those of whole blocks, as far as none before is missing. */
export function wholeBlocks(blocks: readonly (readonly number[])[], folds: readonly FoldAnswers[]): FoldAnswers[] {
  const there = new Set(folds.map(({ fold }) => fold));
  const broken = blocks.findIndex((block) => !block.every((fold) => there.has(fold)));
  const whole = new Set((broken < 0 ? blocks : blocks.slice(0, broken)).flat());
  return folds.filter(({ fold }) => whole.has(fold));
}

/** What is fitted next of a rung: the folds that the first block lacks which is not whole, and whether it has any. */
export function nextBlock(
  blocks: readonly (readonly number[])[],
  left: readonly number[],
): { folds: number[]; begun: boolean } {
  const missing = new Set(left);
  const block = blocks.find((one) => one.some((fold) => missing.has(fold))) ?? [];
  const folds = block.filter((fold) => missing.has(fold));
  return { folds, begun: folds.length > 0 && folds.length < block.length };
}
