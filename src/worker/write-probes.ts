/** What is looked at while a run of written answers works: fixed prompts, and a wanted answer token by token. */
import type { Row } from '../core/data/dataset';
import { AppError } from '../core/errors';
import type { GenerationPlan, HeldOutRow } from '../core/run/generation';
import { MOST_PROBES } from '../core/run/probes';
import type { Conversation } from '../core/text/conversation';
import { encodePrompt, type GenerationExample } from '../core/text/examples';
import { learnedPieces } from '../core/text/token-view';
import { formatCount } from '../core/words/numbers';
import type { HeldOutQuestion } from './write-held-out';

/** Learned tokens that are shown one by one at most. */
const MOST_SHOWN_TOKENS = 120;

/** The held-out answer of middle length, among those that can be read at a glance; null where there is none. */
export function shownAnswer(
  held: readonly HeldOutRow[],
  rows: readonly Row[],
  examples: readonly GenerationExample[],
): GenerationPlan['shown'] {
  const fitting = held
    .flatMap(({ row }) => {
      const [example, own] = [examples[row], rows[row]];
      return example && own ? [{ example, own, pieces: learnedPieces(example) }] : [];
    })
    .filter(({ example, pieces }) => example.cut === 0 && pieces.length > 0 && pieces.length <= MOST_SHOWN_TOKENS)
    .sort((a, b) => a.pieces.length - b.pieces.length);
  const middle = fitting[Math.floor((fitting.length - 1) / 2)];
  if (middle === undefined) return null;
  return { line: middle.own.line, prompt: middle.own.text, pieces: middle.pieces, example: middle.example };
}

/** The person's own prompts, behind the system message that most rows have; null where there are none. */
export function ownProbes(
  prompts: readonly string[],
  conversations: readonly Conversation[],
  { reader, room }: Pick<HeldOutQuestion, 'reader' | 'room'>,
): GenerationPlan['probes'] | null {
  const texts = prompts.map((text) => text.trim()).filter((text) => text !== '');
  if (texts.length === 0) return null;
  const system = commonSystem(conversations);
  return texts.slice(0, MOST_PROBES).map((text) => {
    const messages = [...(system === null ? [] : [{ role: 'system' as const, content: system }])];
    const prompt = encodePrompt(reader, { messages: [...messages, { role: 'user', content: text }] });
    if (prompt.length <= room) return { text, prompt };
    throw new AppError(
      'data-unusable',
      `A prompt of yours has ${formatCount(prompt.length)} tokens, and this model has room for ${formatCount(room)} before its answer. Shorten it.`,
    );
  });
}

/** The system message of more than half of the conversations; null where there is none. */
function commonSystem(conversations: readonly Conversation[]): string | null {
  const counts = new Map<string, number>();
  for (const { messages } of conversations) {
    const own = messages.find(({ role }) => role === 'system')?.content;
    if (own !== undefined) counts.set(own, (counts.get(own) ?? 0) + 1);
  }
  const [system, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [null, 0];
  return 2 * count > conversations.length ? system : null;
}

/** A few held-out rows of different lengths, the same for a seed. */
export function probesOf(held: readonly HeldOutRow[], rows: readonly Row[]): GenerationPlan['probes'] {
  const byLength = [...held].sort((a, b) => a.base.prompt.length - b.base.prompt.length);
  const count = Math.min(MOST_PROBES, byLength.length);
  return Array.from({ length: count }, (_, i) => byLength[Math.floor(((i + 0.5) * byLength.length) / count)]).flatMap(
    (asked) => (asked ? [{ text: rows[asked.row]?.text ?? '', prompt: asked.base.prompt }] : []),
  );
}
