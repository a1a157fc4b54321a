/** Pairs of fields that everybody knows by name: text and label, prompt and completion. */
import { COMPLETION_NAMES, foldName, LABEL_NAMES, LABEL_WORD_NAMES, PROMPT_NAMES, TEXT_NAMES } from './field-names';
import type { FieldProfile } from './field-profile';
import { leafName, sentences } from './field-scores';
import type { FormatId } from '../data/mapping';

export interface KnownPair {
  format: FormatId;
  texts: FieldProfile[];
  target: FieldProfile;
}

const TEXT: ReadonlySet<string> = new Set(TEXT_NAMES);
const LABEL: ReadonlySet<string> = new Set([...LABEL_NAMES, ...LABEL_WORD_NAMES]);

export function isKnownText(path: string): boolean {
  return TEXT.has(leafName(path));
}

export function isKnownLabel(path: string): boolean {
  return LABEL.has(leafName(path));
}

interface Vetoes {
  /** False where the content speaks against a text. */
  text(field: FieldProfile): boolean;
  label(field: FieldProfile): boolean;
}

/** The known pair of a file, or null. Fields that at least half of the records have; where that gives none, any will do. */
export function knownPair(fields: readonly FieldProfile[], records: number, vetoes: Vetoes): KnownPair | null {
  return pairAmong(fields, Math.max(1, records / 2), vetoes) ?? pairAmong(fields, 1, vetoes);
}

function pairAmong(fields: readonly FieldProfile[], least: number, vetoes: Vetoes): KnownPair | null {
  const all = (list: readonly string[], fits: (field: FieldProfile) => boolean = () => true): FieldProfile[] =>
    list
      .flatMap((name) => fields.filter((field) => leafOf(field) === name).sort((a, b) => depth(a) - depth(b)))
      .filter((field) => field.present >= least && fits(field));
  const find = (list: readonly string[], fits?: (field: FieldProfile) => boolean): FieldProfile | null =>
    all(list, fits)[0] ?? null;

  // Among several known names for a text the one that reads most like it: «title», «body».
  const texts = all(TEXT_NAMES, vetoes.text);
  const text = texts.reduce<FieldProfile | null>(
    (best, one) => (best === null || sentences(one) > sentences(best) * 1.2 ? one : best),
    null,
  );
  const label = find(LABEL_NAMES, vetoes.label);
  const prompt = find(PROMPT_NAMES, vetoes.text);
  const completion = find(COMPLETION_NAMES);
  if (text !== null && label !== null && text !== label) return { format: 'text-label', texts: [text], target: label };
  if (prompt !== null && completion !== null) {
    const more =
      foldName(prompt.name) === 'instruction'
        ? find(['input', 'context'])
        : foldName(prompt.name) === 'question'
          ? find(['context'])
          : null;
    return { format: 'prompt-completion', texts: more === null ? [prompt] : [prompt, more], target: completion };
  }
  const wordy = find(LABEL_NAMES);
  if (prompt !== null && wordy !== null) {
    // «input, target» is how sequence-to-sequence sets name prompt and answer.
    const format = foldName(wordy.name) === 'target' ? 'prompt-completion' : 'text-label';
    if (format === 'prompt-completion' || vetoes.label(wordy)) return { format, texts: [prompt], target: wordy };
  }
  if (text !== null && completion !== null) return { format: 'prompt-completion', texts: [text], target: completion };
  return null;
}

/** The name that a field is known by; fields inside lists belong to something smaller than the record. */
function leafOf({ name }: FieldProfile): string {
  return name.includes('[]') ? '' : leafName(name);
}

function depth({ name }: FieldProfile): number {
  return name.split('.').length;
}
