/** All kinds of checks. To add one: a file beside json.ts that exports a `CheckKind`, and a line here; form, judging and report take it from this list. */
import { AppError } from '../errors';
import type { CheckKind, CheckSpec, CheckTools, Suggestion } from './check';
import { containsCheck } from './contains';
import { equalsCheck } from './equals';
import { jsonCheck } from './json';
import { jsonSchemaCheck } from './json-schema';
import { lengthCheck } from './length';
import { patternCheck } from './pattern';
import { sqlCheck } from './sql';
import { type LookedAnswers, reasonOf, TRAINING_ANSWERS } from './suggesting';

export const CHECK_KINDS: readonly CheckKind[] = [
  jsonCheck,
  jsonSchemaCheck,
  sqlCheck,
  equalsCheck,
  containsCheck,
  patternCheck,
  lengthCheck,
];

/** A kind by its id; null for one that this build does not know. */
export function checkKind(id: string): CheckKind | null {
  return CHECK_KINDS.find((kind) => kind.id === id) ?? null;
}

/** The checks that wanted answers suggest, in the order of the list; `looked`: which answers these are, for the reason. */
export async function suggestChecks(
  answers: readonly string[],
  tools: CheckTools,
  looked: LookedAnswers = TRAINING_ANSWERS,
): Promise<CheckSpec[]> {
  const found: CheckSpec[] = [];
  for (const kind of CHECK_KINDS) {
    const suggestion = await suggested(kind, answers, tools);
    if (suggestion === null) continue;
    const { parameters, passed, what } = suggestion;
    found.push({ kind: kind.id, parameters, reason: reasonOf(passed, answers.length, what, looked) });
  }
  return found;
}

/** A tool that cannot be had, as without a network, suggests nothing: that is no reason to fail. */
async function suggested(
  { suggest }: CheckKind,
  answers: readonly string[],
  tools: CheckTools,
): Promise<Suggestion | null> {
  try {
    return (await suggest?.(answers, tools)) ?? null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
