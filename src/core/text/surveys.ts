/** What a tokenizer makes of many texts, one place per text: how long they are, and how much of them it can make out. */
import type { Tokenizer } from './tokenizer';

export interface Surveys {
  /** [texts], before any cut. */
  tokens: Int32Array;
  /** [texts] each, see `TextSurvey`. */
  characters: Int32Array;
  unknown: Int32Array;
  spelled: Int32Array;
  words: Int32Array;
  broken: Int32Array;
}

/** Between two words about how far it is. */
const TOLD_TEXTS = 2_000;

/** Surveys every text; each is counted up to `limit` tokens. `tell` hears how many are done. */
export function surveyTexts(
  texts: readonly { text: string }[],
  tokenizer: Tokenizer,
  limit: number,
  tell: (texts: number) => void = () => undefined,
): Surveys {
  const column = (): Int32Array => new Int32Array(texts.length);
  const surveys: Surveys = {
    ...{ tokens: column(), characters: column(), unknown: column(), spelled: column() },
    ...{ words: column(), broken: column() },
  };
  for (const [i, { text }] of texts.entries()) {
    const { tokens, characters, unknown, spelled, words, broken } = tokenizer.survey(text, limit);
    surveys.tokens[i] = tokens;
    surveys.characters[i] = characters;
    surveys.unknown[i] = unknown;
    surveys.spelled[i] = spelled;
    surveys.words[i] = words;
    surveys.broken[i] = broken;
    if ((i + 1) % TOLD_TEXTS === 0) tell(i + 1);
  }
  tell(texts.length);
  return surveys;
}
