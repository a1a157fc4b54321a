/** What only the model's tokenizer can tell of rows: how long they are, and the findings that follow from it. */
import type { Row } from '../core/data/dataset';
import type { Task } from '../core/data/mapping';
import type { FoundFinding } from '../core/data/finding';
import { DEFAULT_CONTEXT } from '../core/quality/registry';
import { tokenLimit } from '../core/quality/token-limit';
import { unreadable } from '../core/quality/unreadable';
import { type Coverage, coverageOf } from '../core/text/coverage';
import { surveyTexts } from '../core/text/surveys';
import { type TokenTally, tallyTokens } from '../core/text/token-tally';
import type { Tokenizer } from '../core/text/tokenizer';

export interface TokenChecks {
  /** Tokens of every row before any cut. */
  tokenCounts: Int32Array;
  tokenTally: TokenTally;
  coverage: Coverage;
  findings: FoundFinding[];
}

/** Longer texts are counted as this many tokens: far over every model's limit. */
export const MAX_COUNTED_TOKENS = 10_000;

/** Counts the tokens of all rows and runs the checks that need them; `tell` hears how many rows are counted. */
export function checkTokens(
  rows: readonly Row[],
  task: Task,
  tokenizer: Tokenizer,
  tell: (rows: number) => void = () => undefined,
): TokenChecks {
  const surveys = surveyTexts(rows, tokenizer, MAX_COUNTED_TOKENS, tell);
  const { tokens: tokenCounts } = surveys;
  const { maxLength } = DEFAULT_CONTEXT;
  // Of an encoder's limits and letters: a model that writes has its own, by its own tokenizer.
  const found =
    rows.length === 0 || task === 'generation'
      ? []
      : [unreadable({ rows, task, surveys }), tokenLimit({ rows, tokenCounts, maxLength })];
  const findings = found.filter((one) => one !== null);
  return { tokenCounts, tokenTally: tallyTokens(tokenCounts), coverage: coverageOf(surveys), findings };
}

/** Ids of the findings that `checkTokens` gives: they are found anew when the check runs again. */
export const TOKEN_FINDINGS: readonly string[] = ['unreadable', 'letter-by-letter', 'token-limit'];
