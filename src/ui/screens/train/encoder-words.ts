/** What is said of encoders: what a card shows of a model and of a person's rows. Pure. */
import type { ModelEntry } from '../../../core/models/card';
import type { Coverage } from '../../../core/text/coverage';
import { clearRows, type LanguageTally, rowsOutside } from '../../../core/text/language-tally';
import { formatAmount, formatBytes, formatCount, formatDuration, formatPercent } from '../../../core/words/numbers';
import { modelBytes } from '../../model-words';
import { shortCount } from './cost';

export interface CardLine {
  name: string;
  words: string;
}

const LANGUAGES = new Intl.DisplayNames('en', { type: 'language' });
/** More of them are counted, not listed. */
const MOST_LISTED = 4;
/** Of a model that a person brought along. */
export const NOT_SAID = 'its files do not say';
const NUMBERS = ['no', 'the one', 'both', 'all three', 'all four', 'all five', 'all six'];

/** What is known of a model before it is loaded. `readMs`: see `readingWords`. */
export function modelLines(
  model: ModelEntry,
  { languages, readMs }: { languages: LanguageTally | null; readMs: number | null },
): CardLine[] {
  const { card } = model;
  return [
    ...strengthLines(card),
    { name: 'Languages', words: languagesOfModel(card.languages, languages) },
    { name: 'Size', words: `${shortCount(card.parameters)} values, ${formatBytes(modelBytes(model))}` },
    { name: 'Licence', words: card.licence || NOT_SAID },
    { name: 'Tokens', words: `up to ${formatCount(card.maxTokens)} of a text` },
    { name: 'Reads', words: readingWords(readMs) },
  ];
}

/** What a model is good and bad at; nothing of one that nobody here has measured. */
export function strengthLines({ goodAt, weakAt }: Pick<ModelEntry['card'], 'goodAt' | 'weakAt'>): CardLine[] {
  if (goodAt.length + weakAt.length === 0) return [];
  return [
    { name: 'Good at', words: goodAt.join(', ') },
    { name: 'Weak at', words: weakAt.join(', ') },
  ];
}

/** How long an encoder takes for the texts of a plan that it has not read before; null until that was measured. */
export function readingWords(readMs: number | null): string {
  if (readMs === null) return 'not measured yet';
  return readMs === 0 ? 'nothing more: what it read is kept' : `${formatDuration(readMs)} for the texts not read yet`;
}

/** «English», or «94, German and Polish too»: the ones of the rows that others may not know are named. */
export function languagesOfModel(codes: readonly string[], seen: LanguageTally | null): string {
  if (codes.length === 0) return NOT_SAID;
  const names = (some: readonly string[]): string[] => some.map((code) => LANGUAGES.of(code) ?? code);
  if (codes.length <= MOST_LISTED) return names(codes).join(', ');
  const known = (seen?.languages ?? []).map(({ code }) => code).filter((code) => code !== 'en' && codes.includes(code));
  const listed = names(known.slice(0, MOST_LISTED));
  return listed.length === 0 ? formatCount(codes.length) : `${formatCount(codes.length)}, ${list(listed)} too`;
}

/** What a model would not know of the rows; `coverage` null: they were not read with its tokenizer. */
export function rowLines(
  { card }: Pick<ModelEntry, 'card'>,
  { coverage, languages }: { coverage: Coverage | null; languages: LanguageTally | null },
): CardLine[] {
  const lines: CardLine[] = [];
  if (coverage !== null) {
    const { unknown, unknownRows, words, broken } = coverage;
    const some = `${formatAmount(unknown, 'character')}, in ${formatAmount(unknownRows, 'row')}`;
    lines.push({ name: 'Unknown', words: unknown === 0 ? 'no character' : some });
    const share = `${formatPercent(broken / Math.max(1, words))} of words, in 4 pieces or more`;
    lines.push({ name: 'Broken up', words: words === 0 ? 'no words to count' : share });
  }
  lines.push({ name: 'Languages', words: knownWords(card.languages, languages) });
  return lines;
}

/** What a model would not know of the languages of the rows. */
export function knownWords(codes: readonly string[], seen: LanguageTally | null): string {
  if (seen === null) return 'not looked at yet';
  if (clearRows(seen) === 0) return 'not clear';
  if (codes.length === 0) return NOT_SAID;
  const outside = rowsOutside(seen, codes);
  if (outside > 0) return `${formatAmount(outside, 'row')} it does not know`;
  const count = seen.languages.length;
  return `knows ${NUMBERS[count] ?? `all ${formatCount(count)}`}`;
}

/** «Languages seen: English 1,081, German 118, Polish 41, not clear 9»; of large sets how many rows were looked at. */
export function languagesSeen(tally: LanguageTally, rowCount: number): string {
  const { looked, languages, unclear } = tally;
  const of = looked < rowCount ? ` in ${formatCount(looked)} of them` : '';
  if (languages.length === 0) return `Languages${of}: not clear`;
  const counts = languages.map(({ code, rows }) => `${LANGUAGES.of(code) ?? code} ${formatCount(rows)}`);
  return `Languages seen${of}: ${[...counts, ...(unclear > 0 ? [`not clear ${formatCount(unclear)}`] : [])].join(', ')}`;
}

/**
 * What is wrong between the rows and the encoders that would read them, in a sentence: rows in languages that none of them
 * knows, and which other does. Null where nothing is, or too little to speak of.
 */
export function languageWarning(
  readers: readonly ModelEntry[],
  models: readonly ModelEntry[],
  seen: LanguageTally | null,
): { title: string; text: string } | null {
  // What a model knows whose files do not say it cannot be missed.
  if (seen === null || readers.some(({ card }) => card.languages.length === 0)) return null;
  const known = readers.flatMap(({ card }) => card.languages);
  const outside = rowsOutside(seen, known);
  if (outside === 0) return null;
  const rows = formatAmount(outside, 'row');
  const are = `${rows} ${outside === 1 ? 'is' : 'are'} in languages that`;
  const unread = seen.languages
    .filter(({ code }) => !known.includes(code))
    .map(({ code }) => LANGUAGES.of(code) ?? code);
  const others = models.filter(
    (model) => !readers.includes(model) && rowsOutside(seen, model.card.languages) < outside,
  );
  const [other] = others;
  if (other !== undefined) {
    return {
      title: `${are} ${list(readers.map(({ title }) => title))} does not know`,
      text: `${list(unread)}: ${other.title} knows ${rowsOutside(seen, other.card.languages) === 0 ? 'them' : 'more of them'}.`,
    };
  }
  return {
    title: `${are} no encoder here knows`,
    text: `${list(unread)}. A classifier on word counts may still learn from them; the report compares both.`,
  };
}

/** «German», «German and Polish», «German, Polish and Turkish». */
export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
