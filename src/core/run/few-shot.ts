/**
 * The two honest ways to an answer without training: the base with the nearest training rows as examples in its prompt, and
 * the answer of the nearest one itself. Which rows are near is told by vectors of their prompts, of any model.
 */
import type { DenseMatrix } from '../baselines/matrix';
import type { ChatMessage, Conversation } from '../text/conversation';

/** What is known of all rows of a run. */
export interface NeighbourRows {
  /** One row of a run each, of length 1. */
  vectors: DenseMatrix;
  /** [rows] those that belong together have one number. */
  groups: Int32Array;
  /** [rows] fold in which each is held out; −1 for one that is trained on always. */
  heldOutIn: Int32Array;
}

/**
 * The `count` rows nearest to a held-out one among those that its fold trains on, the nearest first; of equal ones the
 * first. Rows of its own group are left out: they would tell the answer.
 */
export function nearestTrainingRows(
  { vectors, groups, heldOutIn }: NeighbourRows,
  row: number,
  count: number,
): number[] {
  const { values, columns } = vectors;
  const fold = heldOutIn[row] ?? -1;
  const found: { row: number; similarity: number }[] = [];
  for (let other = 0; other < groups.length; other++) {
    if (other === row || heldOutIn[other] === fold || groups[other] === groups[row]) continue;
    let similarity = 0;
    for (let j = 0; j < columns; j++) {
      similarity += (values[row * columns + j] ?? 0) * (values[other * columns + j] ?? 0);
    }
    if (found.length === count && similarity <= (found.at(-1)?.similarity ?? -Infinity)) continue;
    const at = found.findIndex((one) => one.similarity < similarity);
    found.splice(at < 0 ? found.length : at, 0, { row: other, similarity });
    if (found.length > count) found.pop();
  }
  return found.map((one) => one.row);
}

/**
 * A conversation with examples before its question: the system message of the question first, then every example without
 * its own, the nearest last, right before the question. No message of an example is learned.
 */
export function fewShotConversation(question: Conversation, nearestFirst: readonly Conversation[]): Conversation {
  const isSystem = ({ role }: ChatMessage): boolean => role === 'system';
  const examples = [...nearestFirst]
    .reverse()
    .flatMap(({ messages }) => messages.filter((message) => !isSystem(message)))
    .map((message) => (message.role === 'assistant' ? { ...message, weight: 0 as const } : message));
  const own = question.messages;
  return { ...question, messages: [...own.filter(isSystem), ...examples, ...own.filter((one) => !isSystem(one))] };
}
