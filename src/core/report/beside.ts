/** Two reports of the same rows side by side: a run that was handed over, and the run of this browser that it came from. */
import { fairBinomialCdf } from '../metrics/student-t';
import type { Answer, ClassificationReport, Reading } from './classification';
import type { GenerationReport } from './generation';
import type { Report } from './report';

export interface BesideRow {
  name: string;
  here: number | null;
  there: number | null;
  /** How the figure is written: a share in per cent, chrF with one decimal, a loss with two. */
  unit: 'share' | 'chrf' | 'loss' | 'count';
}

/** Rows that both answered: how many only one of them got right, and how likely that is by chance (McNemar, exact). */
export interface BesidePaired {
  rows: number;
  onlyHere: number;
  onlyThere: number;
  pTwoSided: number;
  /** Some of the rows belong together, which a report does not tell of each: they say less than as many rows apart. */
  isTooSure: boolean;
}

export interface Beside {
  rows: BesideRow[];
  /** By part; empty where answers are not right or wrong. */
  paired: { part: 'folds' | 'test'; figures: BesidePaired }[];
  /** What went elsewhere was chosen by a search on these folds, which this browser's figures are nested for: the folds flatter it. */
  isChosenOnFolds: boolean;
}

/** `here`: of this browser; `there`: from elsewhere. Null where they are of other rows or tasks: then there is nothing to compare. */
export function besideReports(here: Report, there: Report): Beside | null {
  if (here.dataset.sha256 !== there.dataset.sha256) return null;
  if (here.task === 'classification' && there.task === 'classification') return besideLabels(here, there);
  if (here.task === 'generation' && there.task === 'generation') return besideAnswers(here, there);
  return null;
}

function besideLabels(here: ClassificationReport, there: ClassificationReport): Beside {
  const share = (name: string, own: number | undefined, other: number | undefined): BesideRow[] =>
    own === undefined && other === undefined
      ? []
      : [{ name, here: own ?? null, there: other ?? null, unit: 'share' as const }];
  const isGrouped = here.dataset.grouped_rows > 0;
  const hasCopies = (part: Reading): boolean => (part.different_texts ?? part.rows) < part.rows;
  const folds = pairedRows(here.out_of_fold.predictions, there.out_of_fold.predictions, isGrouped);
  const test =
    here.test && there.test
      ? pairedRows(here.test.predictions, there.test.predictions, isGrouped || hasCopies(here.test))
      : null;
  return {
    rows: [
      ...share('Right, mean of the folds', here.cross_validation.accuracy.mean, there.cross_validation.accuracy.mean),
      ...share(
        'Macro F1, mean of the folds',
        here.cross_validation.macro_f1.mean,
        there.cross_validation.macro_f1.mean,
      ),
      ...share('Right, test part', here.test?.accuracy, there.test?.accuracy),
      ...share('Macro F1, test part', here.test?.macro_f1, there.test?.macro_f1),
    ],
    paired: [
      ...(folds === null ? [] : [{ part: 'folds' as const, figures: folds }]),
      ...(test === null ? [] : [{ part: 'test' as const, figures: test }]),
    ],
    isChosenOnFolds: here.ladder !== undefined,
  };
}

/** Null where no row was answered by both, in the same fold. */
function pairedRows(here: readonly Answer[], there: readonly Answer[], isTooSure: boolean): BesidePaired | null {
  const known = new Map(there.map((answer) => [keyOf(answer), answer]));
  let [rows, onlyHere, onlyThere] = [0, 0, 0];
  for (const own of here) {
    const other = known.get(keyOf(own));
    if (other === undefined) continue;
    rows += 1;
    const [right, otherRight] = [own.predicted === own.label, other.predicted === other.label];
    if (right && !otherRight) onlyHere += 1;
    if (!right && otherRight) onlyThere += 1;
  }
  if (rows === 0) return null;
  const apart = onlyHere + onlyThere;
  const pTwoSided = apart === 0 ? 1 : Math.min(1, 2 * fairBinomialCdf(Math.min(onlyHere, onlyThere), apart));
  return { rows, onlyHere, onlyThere, pTwoSided, isTooSure };
}

function keyOf({ line, fold, label, text }: Answer): string {
  return `${line} ${fold ?? ''} ${label} ${text}`;
}

function besideAnswers(here: GenerationReport, there: GenerationReport): Beside {
  const [own, other] = [here.generation.tuned, there.generation.tuned];
  const row = (name: string, unit: BesideRow['unit'], of: (scores: NonNullable<typeof own>) => number | null) => ({
    ...{ name, unit },
    here: own && of(own),
    there: other && of(other),
  });
  return {
    rows: [
      row('chrF', 'chrf', ({ chrf }) => chrf),
      row('Loss a token', 'loss', ({ loss }) => loss),
      row('Right to the letter', 'count', ({ exact }) => exact),
      row('ROUGE-L', 'share', ({ rouge_l }) => rouge_l),
    ],
    paired: [],
    isChosenOnFolds: false,
  };
}
