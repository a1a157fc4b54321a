/** When rows suggest a check: nearly all of their answers pass it. One odd row among many must not hide what they are. */
import { formatAmount, formatCount } from '../words/numbers';

/** So large a share of the answers has to pass. */
const ENOUGH = 0.95;

/** True where so many of the answers pass that the check is worth suggesting. */
export function areEnough(passed: number, answers: number): boolean {
  return answers > 0 && passed >= ENOUGH * answers;
}

/** Which answers were looked at, one of them and several. */
export interface LookedAnswers {
  one: string;
  many: string;
}

export const TRAINING_ANSWERS: LookedAnswers = { one: 'training answer', many: 'training answers' };

/** «All 30 training answers are JSON.», «548 of 549 training answers are SQL.» */
export function reasonOf(passed: number, answers: number, what: string, { one, many }: LookedAnswers): string {
  const rows = formatAmount(answers, one, many);
  const be = answers === 1 ? 'is' : 'are';
  return passed === answers
    ? `${answers === 1 ? 'The one' : 'All'} ${answers === 1 ? one : rows} ${be} ${what}.`
    : `${formatCount(passed)} of ${rows} are ${what}.`;
}
