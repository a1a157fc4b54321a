/**
 * Does the tuned model only repeat its training rows? Answers that stand there are counted beside the wanted answers that
 * do: so many would be right. Rows whose prompt is a training prompt are left out: there a repeated answer is the task.
 */
import { AnswerIndex, type Repeated } from '../../data/copied-answers';
import { normaliseText } from '../../data/groups';
import { isNormalisedMatch } from '../../metrics/answers/exact-match';
import type { AnswerWay } from '../../run/generation-outcome';
import type { Repeats } from '../generation';
import type { GenerationRows } from './context';
import type { Judged } from './scores';

const MOST_LINES = 100;

export interface FoundRepeats {
  counts: Repeats;
  /** By row of `judged`: how each way's answer stands in the training rows. */
  byRow: Partial<Record<AnswerWay, Repeated | null>>[];
}

/** Looks every judged answer up in the rows that its fold trained on. `heldOutIn` is by row of the run. */
export function repeatsOf(judged: Judged, rows: GenerationRows, heldOutIn: Int32Array): FoundRepeats {
  const index = new AnswerIndex(rows.answers, heldOutIn);
  const prompts = new Map<string, Set<number>>();
  for (const [row, prompt] of rows.prompts.entries()) {
    const form = normaliseText(prompt);
    prompts.set(form, (prompts.get(form) ?? new Set()).add(heldOutIn[row] ?? -1));
  }
  const none = (): Repeats['exactly'] => {
    const count = (way: AnswerWay): number | null => (judged.ways.includes(way) ? 0 : null);
    return { base: count('base'), few_shot: count('few_shot'), nearest: count('nearest'), tuned: count('tuned') };
  };
  const counts: Repeats = {
    ...{ rows: 0, exactly: none(), nearly: none(), wanted_exactly: 0, wanted_nearly: 0 },
    ...{ misplaced: 0, misplaced_lines: [] },
  };
  const byRow = judged.rows.map(({ answered: { row, fold }, answers }) => {
    const found: Partial<Record<AnswerWay, Repeated | null>> = {};
    for (const way of judged.ways) found[way] = index.find(answers[way]?.text ?? '', fold);
    const asked = prompts.get(normaliseText(rows.prompts[row] ?? ''));
    const isTrained = [...(asked ?? [])].some((held) => held !== fold);
    if (isTrained) return found;
    counts.rows += 1;
    for (const way of judged.ways) {
      const how = found[way];
      if (how) counts[how][way] = (counts[how][way] ?? 0) + 1;
    }
    const wanted = rows.answers[row] ?? '';
    const right = index.find(wanted, fold);
    if (right === 'exactly') counts.wanted_exactly += 1;
    else if (right === 'nearly') counts.wanted_nearly += 1;
    if (found.tuned === 'exactly' && !isNormalisedMatch(answers.tuned?.text ?? '', wanted)) {
      counts.misplaced += 1;
      if (counts.misplaced_lines.length < MOST_LINES) counts.misplaced_lines.push(rows.lines[row] ?? 0);
    }
    return found;
  });
  return { counts, byRow };
}
