/** What could not be checked for want of the model's tokenizer: a set is never said to be sound where nobody looked. */
import { type FoundFinding, makeFinding } from '../data/finding';

export const NOT_CHECKED = 'not-checked';

/** The finding that stands in place of those that need tokens; `reason` is a sentence. */
export function notChecked(reason: string): FoundFinding {
  return makeFinding({
    id: NOT_CHECKED,
    severity: 'warning',
    title: 'How the model reads the texts was not checked',
    detail: `How long they are in tokens, and whether it knows their letters, needs the model's tokenizer. ${reason}`,
  });
}
