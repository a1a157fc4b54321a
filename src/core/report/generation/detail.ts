/** What stands behind the verdict on written answers: counts, against whom, and what the other ways got. */
import { formatAmount, formatCount } from '../../words/numbers';
import type { CheckResult, UntrainedWay } from '../generation';
import type { Figures } from './judgement';
import { UNTRAINED } from './scores';
import { WAY_WORDS } from './ways';

export function detail(report: Figures): string {
  const { generation, evaluation } = report;
  const { tuned, best_untrained: best, examples } = generation;
  const check = telling(generation.checks);
  const head =
    best === null
      ? 'Closeness is chrF, 0 to 100.'
      : `Against the best way without training, ${WAY_WORDS[best].name(examples)}; closeness is chrF, 0 to 100.`;
  const exact = formatCount(tuned?.exact ?? 0);
  const passed = check ? ` and ${formatCount(check.passed.tuned ?? 0)} pass «${check.title}»` : '';
  const rows = `On ${formatAmount(evaluation.rows, 'row')} it had never seen, ${exact} ${exact === '1' ? 'answer is' : 'answers are'} right to the letter${passed}.`;
  const others = UNTRAINED.flatMap((way) => other(report, way, check)).join('; ');
  return [head, rows, ...(others === '' ? [] : [`Of the same rows: ${others}.`])].join(' ');
}

function other({ generation }: Figures, way: UntrainedWay, check: CheckResult | null): string[] {
  const scores = generation[way];
  if (scores === null) return [];
  const passed = check ? ` and ${formatCount(check.passed[way] ?? 0)}` : '';
  return [`${WAY_WORDS[way].name(generation.examples)} gets ${formatCount(scores.exact)}${passed}`];
}

/** The check that tells the ways apart most; null without one. */
function telling(checks: readonly CheckResult[]): CheckResult | null {
  const spread = ({ passed }: CheckResult): number =>
    (passed.tuned ?? 0) - Math.min(passed.base ?? 0, passed.few_shot ?? 0);
  return checks.filter(({ fault }) => fault === null).sort((a, b) => spread(b) - spread(a))[0] ?? null;
}
