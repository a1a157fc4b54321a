/**
 * The finding of a run of generation in words that a person can repeat: how much closer tuned answers come to the wanted
 * ones than the best way without training, how sure that is, and whether it is worth it. Closeness is chrF.
 *
 * «Worth it» needs a whole 95 % interval above one point of chrF against every way without training. Of fewer than a dozen
 * rows nothing is concluded, whatever their interval.
 */
import { fixed, formatAmount, formatCount } from '../../words/numbers';
import type { GenerationReport, UntrainedWay } from '../generation';
import { detail } from './detail';
import { FEWEST_ROWS, type Figures, points, range, signed, standingAgainst } from './judgement';
import { notes } from './notes';
import { UNTRAINED } from './scores';
import { WAY_WORDS } from './ways';

/** The sentence, what stands behind it, and what to keep in mind. */
export function verdictOf(report: Figures): GenerationReport['verdict'] {
  return { sentence: sentence(report), detail: detail(report), notes: notes(report) };
}

function sentence(report: Figures): string {
  const { generation, evaluation } = report;
  const { best_untrained: best, tuned, examples } = generation;
  const { folds, k } = evaluation;
  const stopped = folds.length < k ? `Stopped after ${formatCount(folds.length)} of ${formatAmount(k, 'fold')}. ` : '';
  const gain = best && generation.gains[best]?.chrf;
  if (best === null || !gain) {
    return `${stopped}Tuned answers reach a chrF of ${fixed(tuned?.chrf ?? 0, 1)}. There is nothing to compare them with.`;
  }
  const words = WAY_WORDS[best];
  const name = words.name(examples);
  const { difference, ci95 } = gain;
  const size = points(difference);
  const place =
    size === '0.0'
      ? `tuned answers are level with ${name}`
      : `tuned answers come ${size} points of chrF ${difference > 0 ? 'closer to the wanted ones than' : 'less close to the wanted ones than'} ${name}`;
  if (evaluation.independent_rows < FEWEST_ROWS) {
    const rows = formatAmount(evaluation.independent_rows, 'held-out row');
    return `${stopped}Nothing can be concluded from ${rows}: on ${evaluation.independent_rows === 1 ? 'it' : 'them'} ${place}.`;
  }
  const interval = ci95 === null ? '' : `, 95 % interval ${range(...ci95)}`;
  switch (standingAgainst(report, best)) {
    case 'clear':
    case 'real':
      return `${stopped}Tuned answers come ${size} points closer to the wanted ones${interval}. ${worth(report, best)}`;
    case 'worse':
      return `${stopped}${worse(best, examples, `${size} points`, ci95)}`;
    case 'equal':
      return `${stopped}Tuned answers and ${name} are practically equal: ${signed(difference)} points of chrF${interval}. ${words.enough}`;
    case 'same':
      return `${stopped}Tuned answers are worth the same as ${name} on every row. ${words.enough}`;
    case 'open':
    case null: {
      const chance = size === '0.0' ? '' : ' That may be chance.';
      return `${stopped}No clear gain: ${place}${interval}.${chance}`;
    }
  }
}

/** Worth it only where no other way may do as well. */
function worth(report: Figures, best: UntrainedWay): string {
  for (const way of UNTRAINED) {
    const standing = standingAgainst(report, way);
    if (standing === null || standing === 'clear' || (way === best && standing === 'real')) continue;
    const gain = report.generation.gains[way]?.chrf;
    const interval = gain?.ci95 ? `, 95 % interval ${range(...gain.ci95)}` : '';
    return `But ${WAY_WORDS[way].name(report.generation.examples)} may do as well: ${signed(-(gain?.difference ?? 0))} points${
      interval === '' ? '' : `, 95 % interval ${range(-(gain?.ci95?.[1] ?? 0), -(gain?.ci95?.[0] ?? 0))}`
    }.`;
  }
  return standingAgainst(report, best) === 'clear' ? 'Worth it.' : 'A real gain, but it may be under one point.';
}

function worse(best: UntrainedWay, examples: number, size: string, ci95: [number, number] | null): string {
  const interval = ci95 === null ? '' : `, 95 % interval ${range(-ci95[1], -ci95[0])}`;
  switch (best) {
    case 'few_shot':
      return `Worse than the best prompt: with ${formatAmount(examples, 'example')} in its prompt the base comes ${size} closer to the wanted answers than the tuned model${interval}. Keep the prompt.`;
    case 'nearest':
      return `Worse than copying: the nearest training answer comes ${size} closer to the wanted one than the tuned model${interval}. ${WAY_WORDS.nearest.enough}`;
    case 'base':
      return `Training made it worse: the base as it came is ${size} closer to the wanted answers${interval}. Keep the base.`;
  }
}
