/**
 * Texts that the model cannot read: words outside its vocabulary are all one and the same to it, and of some scripts it
 * knows the letters only. Not in the registry: it needs the model's tokenizer, which may come later than the rows.
 */
import type { Row } from '../data/dataset';
import type { Task } from '../data/mapping';
import { formatAmount, formatCount, formatPercent } from '../words/numbers';
import type { Surveys } from '../text/surveys';
import { cutText } from '../words/excerpt';
import { type FoundFinding, Hits, makeFinding } from '../data/finding';

/** Above it there is nothing left to learn from. */
const BLIND_SHARE = 0.95;
/** Below it the unknown words are names, signs and slips, as in any set. */
const TELLING_SHARE = 0.05;
/** The same for a single label, which may be the one in another script. */
const TELLING_LABEL_SHARE = 0.2;
const SPELLED_SHARE = 0.5;
const SHOWN_LABELS = 5;

export interface ReadabilityFacts {
  rows: readonly Row[];
  task: Task;
  surveys: Surveys;
}

/** Characters by what the model knows of them. */
interface Known {
  characters: number;
  unknown: number;
  spelled: number;
}

export function unreadable({ rows, task, surveys }: ReadabilityFacts): FoundFinding | null {
  const all: Known = { characters: 0, unknown: 0, spelled: 0 };
  const byLabel = new Map<string, Known>();
  for (const [i, { target }] of rows.entries()) {
    const own = byLabel.get(target) ?? { characters: 0, unknown: 0, spelled: 0 };
    if (task === 'classification') byLabel.set(target, own);
    for (const sum of [all, own]) {
      sum.characters += surveys.characters[i] ?? 0;
      sum.unknown += surveys.unknown[i] ?? 0;
      sum.spelled += surveys.spelled[i] ?? 0;
    }
  }
  const unknown = shareOf(all, all.unknown);
  const labels = [...byLabel]
    .map(([label, sum]) => ({ label, share: shareOf(sum, sum.unknown) }))
    .sort((a, b) => b.share - a.share);
  if (unknown >= TELLING_SHARE || (labels[0]?.share ?? 0) >= TELLING_LABEL_SHARE) {
    return unknownWords(rows, surveys, unknown, labels);
  }
  const spelled = shareOf(all, all.unknown + all.spelled);
  return spelled >= SPELLED_SHARE ? letterByLetter(rows, surveys, spelled) : null;
}

function unknownWords(
  rows: readonly Row[],
  { characters, unknown }: Surveys,
  share: number,
  labels: readonly { label: string; share: number }[],
): FoundFinding {
  const hits = new Hits();
  for (const [i, row] of rows.entries()) {
    const count = unknown[i] ?? 0;
    const of = formatAmount(characters[i] ?? 0, 'character');
    if (count > 0) hits.add(row, row.text, `${formatCount(count)} of ${of} not known`);
  }
  // No obstacle: what this encoder cannot read, another may.
  const consequence =
    share >= BLIND_SHARE
      ? 'There is nothing for it to learn from. Another encoder may know them: Train says of each what it does not know.'
      : 'It learns from the rest of these texts, and answers accordingly.';
  return makeFinding(
    {
      id: 'unreadable',
      severity: 'warning',
      title: `The model does not know ${percent(share)} of the characters in these texts`,
      detail:
        `${byLabelWords(labels)}It was made for English; words that it does not know all look the same to it. ` +
        consequence,
    },
    hits,
  );
}

function letterByLetter(rows: readonly Row[], { characters, unknown, spelled }: Surveys, share: number): FoundFinding {
  const hits = new Hits();
  for (const [i, row] of rows.entries()) {
    const letters = (unknown[i] ?? 0) + (spelled[i] ?? 0);
    if (letters >= SPELLED_SHARE * (characters[i] ?? 0)) hits.add(row, row.text);
  }
  return makeFinding(
    {
      id: 'letter-by-letter',
      severity: 'warning',
      title: `The model knows ${percent(share)} of these texts only letter by letter`,
      detail:
        'It was made for English: of these words it knows the letters, not what they mean. It can learn how they are ' +
        'spelled, so that it needs many more rows.',
    },
    hits,
  );
}

function byLabelWords(labels: readonly { label: string; share: number }[]): string {
  if (labels.length < 2) return '';
  const shown = labels.slice(0, SHOWN_LABELS).map(({ label, share }) => `"${cutText(label, 60)}" ${percent(share)}`);
  const more =
    labels.length > SHOWN_LABELS ? ` and ${formatAmount(labels.length - SHOWN_LABELS, 'label')} with less` : '';
  return `By label: ${shown.join(', ')}${more}. `;
}

function shareOf({ characters }: Known, part: number): number {
  return characters === 0 ? 0 : part / characters;
}

function percent(share: number): string {
  return formatPercent(share, 0);
}
