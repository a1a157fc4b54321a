/**
 * All findings about rows, in the order in which they are told. A new one is a file here and a line below.
 */
import type { Row } from '../data/dataset';
import type { Task } from '../data/mapping';
import { conflicts } from './conflicts';
import { duplicates } from './duplicates';
import { type FindingContext, type FindingRule, gatherFacts } from './facts';
import { fewLabels } from './few-labels';
import { fewPerClass } from './few-per-class';
import { fewRows } from './few-rows';
import type { FoundFinding, Severity } from '../data/finding';
import { giveaway } from './giveaway';
import { identicalAnswers } from './identical-answers';
import { identicalTexts } from './identical-texts';
import { imbalance } from './imbalance';
import { labelInText } from './label-in-text';
import { labelVariants } from './label-variants';
import { manyLabels } from './many-labels';
import { nearDuplicates } from './near-duplicates';
import { numberLabels } from './number-labels';
import { templateLeak } from './template-leak';
import { tinyClasses } from './tiny-classes';
import { tokenLimit } from './token-limit';

const RULES: readonly FindingRule[] = [
  fewRows,
  fewLabels,
  identicalTexts,
  identicalAnswers,
  duplicates,
  labelVariants,
  tinyClasses,
  conflicts,
  templateLeak,
  labelInText,
  giveaway,
  tokenLimit,
  imbalance,
  fewPerClass,
  manyLabels,
  numberLabels,
  nearDuplicates,
];

/** What is assumed while nothing is planned yet: five folds, no token counts. */
export const DEFAULT_CONTEXT: FindingContext = { folds: 5, tokenCounts: null, maxLength: 256, format: 'text-label' };

/** Everything that the rows themselves show, the most severe first; `tell` hears which share of the checks ran. */
export function runFindings(
  rows: readonly Row[],
  task: Task,
  context: FindingContext = DEFAULT_CONTEXT,
  tell: (share: number) => void = () => undefined,
): FoundFinding[] {
  const facts = gatherFacts(rows, task, context);
  tell(1 / (RULES.length + 1));
  const found = RULES.map((rule, i) => {
    const finding = rule(facts);
    tell((i + 2) / (RULES.length + 1));
    return finding;
  });
  return bySeverity(found.filter((finding) => finding !== null));
}

const RANK: Readonly<Record<Severity, number>> = { blocking: 0, repairable: 1, warning: 2 };

/** The same findings, the most severe first; equal ones keep their order. */
export function bySeverity<One extends Pick<FoundFinding, 'severity'>>(findings: readonly One[]): One[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
