/**
 * How a file is to be read, told from its first records: which fields are the text, which is the label, and why.
 * Pairs that everybody knows (text and label, prompt and completion, messages) come first as long as their content does
 * not speak against it; otherwise content decides (field-scores), and what a label follows from the words of the text
 * counts most. What is not sure is said: `doubt`. Over 300 lines because the rules are weighed against each other and read top to bottom.
 */
import { nameList } from '../words/excerpt';
import { chatReading } from './chat-guess';
import { association, wordsOf } from './association';
import { holdsDecisions } from './decisions';
import { type DataRecord, foldName, LABEL_WORD_NAMES, PREFERENCE_PAIRS } from './field-names';
import { type FieldProfile, profileFields } from './field-profile';
import { isConstant, labelScore, leafName, nameWords, sentences, textScore, togetherScore } from './field-scores';
import type { Reading } from '../data/mapping';
import { bestKey, rank, type Ranked } from './field-rank';
import { isKnownLabel, isKnownText, type KnownPair, knownPair } from './known-pairs';
import { labelColumns, nameOfColumns } from './label-columns';
import { namesParts } from './parts';
import type { ReadingRecord } from '../data/reading-record';

export interface Guess {
  reading: Reading;
  why: string;
  doubt: string | null;
  offered: ReadingRecord['offered'];
  /** Other readings of text and label, the likeliest first. */
  others: Reading[];
  /** Keys of answers in JSON that are not read. */
  ignoredKeys: string[];
}

export const UNKNOWN: Reading = { format: 'unknown', textFields: [], targetField: '' };
/** From so many records on content can speak against a known name. */
const ENOUGH = 10;
/** A runner-up this near is a doubt. */
const NEAR = 0.7;
const MAX_OFFERED = 20;
const MAX_RANKED_BY_WORDS = 12;

/** The reading of a file whose first records are `sample`. Fields are named as the file spells them. */
export function guessReading(sample: readonly DataRecord[]): Guess {
  const { profiles, chats } = profileFields(sample);
  const decision = profiles.find(holdsDecisions) ?? null;
  const split = profiles.find(namesParts) ?? null;
  const inChats = (name: string): boolean => chats.some(({ path }) => name.startsWith(`${path}[]`));
  const usable = profiles.filter((field) => field !== decision && field !== split && !inChats(field.name));
  const common = splitAndDecision(split, decision);

  const texts = rank(usable, textScore);
  const columns = labelColumns(usable);
  const labels = rankLabels(
    usable.filter((field) => !(columns?.includes(field) ?? false)),
    texts[0]?.field,
  );
  const offered = (reading: Reading): ReadingRecord['offered'] => ({
    text: names(
      reading.textFields,
      texts.filter(({ field }) => field.meanWords >= 2.5 || sentences(field) > 0.3).map(({ field }) => field.name),
    ),
    label: names(
      [reading.targetField],
      [...labels.map(({ field }) => field.name), ...(columns ?? []).map(({ name }) => name)],
    ),
    together: rank(
      usable.filter(({ name }) => !reading.textFields.includes(name) && name !== reading.targetField),
      togetherScore,
    )
      .map(({ field }) => field.name)
      .slice(0, MAX_OFFERED),
    split: profiles.filter(namesParts).map(({ name }) => name),
  });
  const answer = (reading: Reading, why: string, doubt: string | null = null, more: Partial<Guess> = {}): Guess => {
    const whole = { ...reading, ...(isEmpty(reading) ? {} : common) };
    return { reading: whole, why, doubt, offered: offered(reading), others: [], ignoredKeys: [], ...more };
  };

  const chat = chatReading(
    sample,
    chats,
    profiles,
    labels.map(({ field }) => field),
  );
  const keys = new Set(sample.flatMap((record) => Object.keys(record)).map(foldName));
  const has = (name: string): boolean => keys.has(name);
  // A conversation of its own may stand beside the pair; else what reads like one is the question, or one of the two.
  const isPair = PREFERENCE_PAIRS.some(([good, bad]) => has(good) && has(bad));
  if (isPair && !chat?.reading.textFields.some((name) => foldName(name) === 'messages')) {
    return answer({ ...UNKNOWN, format: 'preference' }, 'Pairs of a better and a worse answer.');
  }
  if (chat !== null) {
    const label = chat.keys.length === 0 ? [] : [...chat.keys, chat.reading.textFields[0] ?? ''];
    const made = answer(chat.reading, chat.why, null, { ignoredKeys: chat.ignored });
    return {
      ...made,
      offered: { ...made.offered, label: names([chat.reading.targetField], [...label, ...made.offered.label]) },
    };
  }
  const trusted = sample.length < ENOUGH;
  const byName = (known: KnownPair): Guess => {
    const { target } = known;
    const label = known.format === 'text-label' ? (inWords(target, usable) ?? target) : target;
    const json = insideJson(label, usable);
    const reading = readingOf(known.format, withTitles(known.texts, texts, known.format), json?.field ?? label);
    const isLabel = known.format === 'text-label';
    const rival = isLabel && foldName(target.name) !== 'label' ? rivalOf(label, labels, true) : null;
    const why =
      `${nameList(reading.textFields)} and ${nameList([reading.targetField])} are known names for ` +
      (isLabel ? 'a text and its label.' : 'a prompt and its answer.');
    const others = otherReadings(reading, texts, labels, columns);
    return answer(reading, why, rival, { others, ignoredKeys: json?.ignored ?? [] });
  };
  const known = knownPair(usable, sample.length, {
    text: (field) =>
      trusted || (!isConstant(field) && field.numbers + field.dates + field.addresses + field.flags < 0.9),
    label: (field) => trusted || (field.filled > 0 && field.meanWords <= 12 && field.dates + field.addresses < 0.5),
  });
  if (known !== null) return byName(known);

  const [text] = texts;
  if (columns !== null && text !== undefined && !outdone(columns, labels)) {
    const fields = columns.map(({ name }) => name);
    const reading = {
      ...readingOf('text-label', withTitles([text.field], texts, 'text-label'), null),
      labelFields: fields,
      targetField: nameOfColumns(fields),
    };
    const why = `${describeText(text.field)} ${nameList(fields)} hold 0 and 1: each is a label of its own.`;
    const one = columns.map((field) => readingOf('text-label', [text.field], field));
    return answer(reading, why, null, { others: [...otherReadings(reading, texts, labels, null), ...one].slice(0, 5) });
  }
  const content = byContent({ texts, labels, records: sample.length, answer, decision });
  if (content.reading.format !== 'unknown') return content;
  // Nothing better: the names are all there is to go by.
  const anyway = knownPair(usable, sample.length, { text: () => true, label: () => true });
  return anyway === null ? content : byName(anyway);
}

interface Content {
  texts: readonly Ranked[];
  labels: readonly Ranked[];
  records: number;
  decision: FieldProfile | null;
  answer(reading: Reading, why: string, doubt?: string | null, more?: Partial<Guess>): Guess;
}

/** No known names: what reads like sentences and what repeats. */
function byContent({ texts, labels, records, decision, answer }: Content): Guess {
  const [text] = texts;
  const nothing = answer(UNKNOWN, 'No field reads like a text with a label beside it.');
  if (text === undefined) return nothing;
  const label = labels.find(({ field }) => field !== text.field);
  if (label === undefined) {
    // Accepted and rejected texts of one label only: what was decided is the label.
    if (decision !== null && decision.values.size > 1) {
      const reading = { ...readingOf('text-label', [text.field], decision), decisionField: null };
      return answer(reading, `${describeText(text.field)} ${nameList([decision.name])} says accept or reject.`);
    }
    const second = texts[1];
    if (records < 3 || second === undefined) return nothing;
    const [prompt, completion] = text.field.meanWords <= second.field.meanWords ? [text, second] : [second, text];
    return answer(
      readingOf('prompt-completion', [prompt.field], completion.field),
      `${nameList([prompt.field.name, completion.field.name])} both read like sentences; the shorter one is taken as the question.`,
      'No field has few values that repeat, as labels have: this is read as texts to write.',
    );
  }
  const joined = withTitles([text.field], texts, 'text-label').filter((field) => field !== label.field);
  const reading = readingOf('text-label', joined, label.field);
  const why = `${describeText(text.field)} ${describeLabel(label.field)}`;
  const rival = texts.find(({ field }) => !joined.includes(field) && field !== label.field);
  const doubts = [
    text.score < 0.15 ? `${nameList([text.field.name])} hardly reads like sentences.` : null,
    rivalOf(label.field, labels, false),
    rival !== undefined && rival.score > text.score * 0.85
      ? `${nameList([rival.field.name])} reads like a text as well.`
      : null,
    label.score < 0.25 ? `${nameList([label.field.name])} hardly looks like a label.` : null,
  ];
  const doubt = doubts.find((one) => one !== null) ?? null;
  return answer(reading, why, doubt, { others: otherReadings(reading, texts, labels, null) });
}

/** Labels by their content and name, then the likeliest of them by how far they follow from the words of the text. */
function rankLabels(fields: readonly FieldProfile[], text: FieldProfile | undefined): Ranked[] {
  const ranked = rank(
    fields.filter((field) => field !== text),
    labelScore,
  );
  if (text === undefined) return ranked;
  const words = text.texts.map((value) => wordsOf(value ?? ''));
  return ranked
    .map((one, i) => {
      if (i >= MAX_RANKED_BY_WORDS) return one;
      const follows = association(words, one.field.texts) * (1 - standsInText(one.field, text));
      return { ...one, score: one.score * (1 + 1.5 * follows) };
    })
    .sort((a, b) => b.score - a.score);
}

/** Share of the records whose text holds the value itself: an airline's or a product's name follows from any text. */
function standsInText(field: FieldProfile, text: FieldProfile): number {
  let held = 0;
  for (const [i, value] of field.texts.entries()) {
    const needle = value?.toLowerCase() ?? '';
    if (needle.length > 2 && (text.texts[i]?.toLowerCase().includes(needle) ?? false)) held += 1;
  }
  return field.filled === 0 ? 0 : held / field.filled;
}

/** «"b" could be the label as well», where the runner-up is near. */
function rivalOf(label: FieldProfile, labels: readonly Ranked[], known: boolean): string | null {
  const own = labels.find(({ field }) => field === label)?.score ?? 0;
  const rivals = labels.filter(
    ({ field, score }) =>
      field !== label && score > own * NEAR && !sameLabels(label, field) && (!known || isKnownLabel(field.name)),
  );
  if (rivals.length === 0) return null;
  return `${nameList(
    rivals.map(({ field }) => field.name),
    3,
  )} could be the label as well.`;
}

/** True where one field is the other in other words: a number for every name. */
function sameLabels(a: FieldProfile, b: FieldProfile): boolean {
  if (a.values.size !== b.values.size) return false;
  const names = new Map<string, string>();
  return a.texts.every((value, i) => {
    const other = b.texts[i];
    if (value === null || other === null || other === undefined) return value === other;
    const known = names.get(value);
    if (known === undefined) names.set(value, other);
    return known === undefined || known === other;
  });
}

/** The field that says in words what a label of numbers means: by its name, or one word for every number. */
function inWords(label: FieldProfile, fields: readonly FieldProfile[]): FieldProfile | null {
  if (label.numbers < 1) return null;
  const wordNames: readonly string[] = LABEL_WORD_NAMES;
  const named = fields.find((field) => wordNames.includes(foldName(field.name)));
  if (named !== undefined) return named;
  if (isConstant(label) || label.records < ENOUGH) return null;
  return (
    fields.find(
      (field) =>
        field !== label && field.numbers === 0 && field.meanWords <= 4 && field.codes < 0.5 && sameLabels(label, field),
    ) ?? null
  );
}

/** Where every label is a dictionary as JSON: the key in it that looks most like a label. */
function insideJson(
  label: FieldProfile,
  fields: readonly FieldProfile[],
): { field: FieldProfile; ignored: string[] } | null {
  if (label.json < 0.9) return null;
  const inner = fields.filter(({ name }) => name.startsWith(`${label.name}.`));
  const best = bestKey(inner);
  if (best === null) return null;
  return { field: best, ignored: inner.filter((field) => field !== best).map(({ name }) => name) };
}

const TITLES: ReadonlySet<string> = new Set(['title', 'subject', 'headline', 'heading', 'summary', 'topic_title']);

/**
 * The texts with what belongs before or behind them: a title, or another field that reads like sentences of its own.
 * A field whose text stands in the other is none.
 */
function withTitles(
  chosen: readonly FieldProfile[],
  texts: readonly Ranked[],
  format: Reading['format'],
): FieldProfile[] {
  const [main] = chosen;
  if (main === undefined || chosen.length > 1 || format !== 'text-label' || main.records < ENOUGH) return [...chosen];
  const depth = main.name.split('.').length;
  const mates = texts
    .map(({ field }) => field)
    .filter((field) => {
      if (field === main || field.name.split('.').length !== depth || overlaps(field, main)) return false;
      const titled = TITLES.has(leafName(field.name)) || TITLES.has(nameWords(field.name).at(-1) ?? '');
      const mine = TITLES.has(leafName(main.name)) || TITLES.has(nameWords(main.name).at(-1) ?? '');
      const distinct = field.values.size / Math.max(1, field.filled);
      if (field.filled < field.records * 0.5 || distinct < 0.5) return false;
      if (titled || mine) return field.meanWords >= 2 && (titled || isKnownText(field.name) || textScore(field) > 0.4);
      // Without a name that says so: both are sentences, all different, and neither is a known field.
      return (
        !isKnownText(main.name) &&
        !isKnownText(field.name) &&
        field.filled >= field.records * 0.9 &&
        distinct > 0.6 &&
        field.meanWords >= 4 &&
        textScore(field) > 0.35
      );
    })
    .slice(0, 2);
  const order = new Map(texts.map(({ field }) => [field, field.place]));
  return [main, ...mates].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/** True where one of two fields mostly stands in the other: a summary cut from it, a cleaned copy. */
function overlaps(a: FieldProfile, b: FieldProfile): boolean {
  let held = 0;
  let both = 0;
  for (const [i, one] of a.texts.entries()) {
    const other = b.texts[i];
    if (one === null || other === null || other === undefined) continue;
    both += 1;
    const [short, long] = one.length < other.length ? [one, other] : [other, one];
    if (
      long.toLowerCase().includes(
        short
          .toLowerCase()
          .replace(/[….]+$/, '')
          .trim(),
      )
    )
      held += 1;
  }
  return both > 0 && held > both * 0.5;
}

/** True where a field of names looks more like the label than columns of 0 and 1. */
function outdone(columns: readonly FieldProfile[], labels: readonly Ranked[]): boolean {
  const best = labels.find(({ field }) => field.flags < 0.9);
  const inDictionary = columns[0]?.name.includes('.') ?? false;
  return best !== undefined && best.score > (inDictionary ? 1.5 : 1.2);
}

/** The other readings that fit, the runner-up first: another label for the same text, then another text. */
function otherReadings(
  reading: Reading,
  texts: readonly Ranked[],
  labels: readonly Ranked[],
  columns: readonly FieldProfile[] | null,
): Reading[] {
  const { textFields, targetField } = reading;
  const withLabels = labels
    .filter(({ field }) => field.name !== targetField && !textFields.includes(field.name))
    .slice(0, 3)
    .map(({ field }): Reading => ({ format: 'text-label', textFields, targetField: field.name }));
  const withColumns: Reading[] =
    columns === null
      ? []
      : [
          {
            format: 'text-label',
            textFields,
            targetField: nameOfColumns(columns.map(({ name }) => name)),
            labelFields: columns.map(({ name }) => name),
          },
        ];
  const withTexts = texts
    .filter(
      ({ field, score }) =>
        score > 0.2 && field.name !== targetField && !(textFields.length === 1 && textFields[0] === field.name),
    )
    .slice(0, 2)
    .map(({ field }): Reading => ({ format: reading.format, textFields: [field.name], targetField }));
  return [...withLabels.slice(0, 2), ...withColumns, ...withTexts, ...withLabels.slice(2)].slice(0, 5);
}

function readingOf(format: Reading['format'], texts: readonly FieldProfile[], target: FieldProfile | null): Reading {
  return { format, textFields: texts.map(({ name }) => name), targetField: target?.name ?? '' };
}

function splitAndDecision(split: FieldProfile | null, decision: FieldProfile | null): Partial<Reading> {
  return {
    ...(split === null ? {} : { splitField: split.name }),
    ...(decision === null ? {} : { decisionField: decision.name }),
  };
}

function isEmpty({ format }: Reading): boolean {
  return format === 'unknown' || format === 'preference';
}

function names(first: readonly string[], rest: readonly string[]): string[] {
  return [...new Set([...first, ...rest])].filter((name) => name !== '').slice(0, MAX_OFFERED);
}

function describeText(field: FieldProfile): string {
  const words = Math.round(field.meanWords);
  const different = field.values.size === field.filled ? ', all different' : '';
  return `${nameList([field.name])} reads like sentences (about ${words} words each${different}).`;
}

function describeLabel(field: FieldProfile): string {
  const each = Math.round(field.filled / Math.max(1, field.values.size));
  return `${nameList([field.name])} has ${field.values.size} values, each about ${each} times in the first ${field.records} rows.`;
}
