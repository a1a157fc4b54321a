/** What stands behind the verdict: the test part with counts and intervals, or the folds where there is none. */
import { formatAmount, formatCount, formatPercent } from '../../words/numbers';
import { quotedInterval } from '../figures';
import type { Comparison, McNemarFigures, ClassificationReport } from '../classification';
import { commonest, type Figures, pValue, range } from './figures';
import { ownBaseline } from '../opponent';
import { againstOpponent, pairedWith, SURE } from './judgement';

export function detail(report: Figures): string {
  return report.test ? onTest(report, report.test) : onFolds(report);
}

type TestPart = NonNullable<ClassificationReport['test']>;

/** The sentence follows the facts: rows that training has seen are told first, and scored apart. */
function onTest(report: Figures, test: TestPart): string {
  const { seen, unseen } = test;
  if (!seen) {
    const who = `On ${formatAmount(test.rows, 'row')} it had never seen${copiesWords(test)}`;
    return `${who}, it got ${formatCount(test.right)} right: ${figure(test.accuracy, quotedInterval(test))}.${sameRows(report, test)}`;
  }
  const all =
    `On the ${formatAmount(test.rows, 'row')} of the test part it got ${formatCount(test.right)} right, ` +
    `${formatPercent(test.accuracy)}; but ${formatCount(seen.rows)} of them ${seen.rows === 1 ? 'repeats' : 'repeat'} training ` +
    `rows or ${seen.rows === 1 ? 'belongs' : 'belong'} with them, so ${seen.rows === 1 ? 'it is' : 'they are'} no news to the model.`;
  if (!unseen) return `${all} No row is left without those: this test says nothing about new texts.${inFolds(report)}`;
  const who = `Without those, on ${formatAmount(unseen.rows, 'row')} it had never seen${copiesWords(unseen)}`;
  return `${all} ${who}, it got ${formatCount(unseen.right)} right: ${figure(unseen.accuracy, unseen.accuracy_ci95)}.${sameRows(report, unseen)}`;
}

/** « (573 different texts)»: the interval counts those. */
function copiesWords({ rows, different_texts: texts }: { rows: number; different_texts?: number | undefined }): string {
  if (texts === undefined || texts === rows) return '';
  return ` (${formatAmount(texts, 'different text')}, and the interval counts copies once)`;
}

/** «93.1 %, 95 % interval 89.3 to 95.7» */
function figure(accuracy: number, interval: readonly [number, number]): string {
  return `${formatPercent(accuracy)}, 95 % interval ${range(...interval)}`;
}

function sameRows(report: Figures, part: Pick<TestPart, 'mcnemar' | 'mcnemar_tfidf' | 'baselines'>): string {
  const { name, id } = againstOpponent(report);
  const paired = pairedWith(id, part);
  const folds = report.comparisons[id]?.accuracy ?? null;
  const words = paired ? ` ${pairedWords(paired, folds, name)}` : '';
  return `${words} On the same rows: ${simpler(report, {
    features: part.baselines.features_only?.accuracy ?? null,
    tfIdf: part.baselines.tfidf_logistic_regression?.accuracy ?? null,
    majority: part.baselines.majority?.accuracy ?? null,
  })}.`;
}

function simpler(
  report: Figures,
  shares: { features: number | null; tfIdf: number | null; majority: number | null },
): string {
  const { features, tfIdf, majority } = shares;
  return [
    ...(features !== null && ownBaseline(report) !== 'features_only'
      ? [`features only ${formatPercent(features)}`]
      : []),
    ...(tfIdf !== null ? [`TF-IDF ${formatPercent(tfIdf)}`] : []),
    ...(majority !== null ? [`always ${commonest(report)} ${formatPercent(majority)}`] : []),
  ].join(', ');
}

function onFolds(report: Figures): string {
  const { out_of_fold: folds, baselines, dataset } = report;
  const all = folds.rows === dataset.training_rows;
  const who = all ? 'Every training row' : `Each of ${formatAmount(folds.rows, 'training row')}`;
  const right = `${formatCount(folds.right)} of ${formatCount(folds.rows)} right`;
  const others = simpler(report, {
    features: baselines.features_only?.accuracy.mean ?? null,
    tfIdf: baselines.tfidf_logistic_regression?.accuracy.mean ?? null,
    majority: baselines.majority?.accuracy.mean ?? null,
  });
  const onSame = others === '' ? '' : ` On the same folds: ${others}.`;
  return `${who} was answered once by a model that had not seen it: ${right}, ${formatPercent(folds.accuracy)}${foldInterval(report)}.${onSame}`;
}

/** «, 95 % interval over the folds 91.0 to 95.0» */
function foldInterval({ cross_validation: { accuracy } }: Figures): string {
  if (!accuracy.ci95) return '';
  const from = accuracy.ci95_from === 'rows' ? 'by the rows' : 'over the folds';
  return `, 95 % interval ${from} ${range(...accuracy.ci95)}`;
}

function inFolds(report: Figures): string {
  return ` In the folds it got ${formatPercent(report.out_of_fold.accuracy)} right${foldInterval(report)}.`;
}

function pairedWords(paired: McNemarFigures, folds: Comparison | null, name: string): string {
  const { only_tuned_right: fixes, only_base_right: breaks, p_two_sided: p } = paired;
  const who = name.charAt(0).toUpperCase() + name.slice(1);
  if (fixes + breaks === 0) return `${who} is right and wrong on the very same rows.`;
  const { groups_tuned_better: better = fixes, groups_base_better: worse = breaks } = paired;
  const grouped = better !== fixes || worse !== breaks ? ', copies counted once' : '';
  const change = `Of those rows it fixes ${formatCount(fixes)} that ${name} got wrong and breaks ${formatCount(breaks)} (McNemar p ${pValue(p)}${grouped})`;
  return `${change}: ${meaning(Math.sign(fixes - breaks), p < 1 - SURE, folds)}.`;
}

function meaning(direction: number, clear: boolean, folds: Comparison | null): string {
  const ofFolds = folds && (folds.ci95[0] > 0 ? 1 : folds.ci95[1] < 0 ? -1 : 0);
  if (direction === 0) return 'no difference on these rows';
  if (!clear) {
    if (!ofFolds) return 'too few rows to settle it';
    return direction === ofFolds
      ? 'the same direction, too few rows to settle it alone'
      : 'not the direction of the folds, and too few rows to settle it';
  }
  if (!ofFolds) return `a clear ${direction > 0 ? 'gain' : 'loss'} on these rows`;
  return direction === ofFolds ? 'this confirms the folds' : 'this contradicts the folds, so trust neither alone';
}
