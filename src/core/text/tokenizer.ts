/**
 * Text to token ids, equal to the reference tokenizer of each kind on every reference string.
 *
 * A text is read run by run between blanks, so that a long text costs no more than the tokens asked for, and each
 * run is remembered: most words of a data set occur many times.
 * Not covered: a run of more than `MAX_RUN` characters without a blank is read up to there.
 */
import { bpeTokenizer, type DecoderTokens } from './bpe';
import { MAX_RUN, RUN, surveyor } from './text-survey';
import type { Tokenizer } from './text-tokenizer';
import { unigramReader } from './unigram';
import { wordPieceReader } from './word-piece';
import { damagedTokenizer, type WordReader } from './word-reader';

export type { Tokenizer } from './text-tokenizer';

const MAX_REMEMBERED = 50_000;

/**
 * Builds a tokenizer from the parsed tokenizer.json of a model; throws `model-damaged` when it is of no kind known here.
 * `prompt` is what the model was trained to see before each text; `tokens` is what its manifest says of a decoder's.
 */
export function createTokenizer(tokenizerJson: unknown, prompt = '', tokens: DecoderTokens = {}): Tokenizer {
  if (typeof tokenizerJson !== 'object' || tokenizerJson === null) throw damagedTokenizer('it is not an object');
  const kind = modelOf(tokenizerJson);
  if (kind === 'BPE') return bpeTokenizer(tokenizerJson, tokens);
  return fromWords(kind === 'Unigram' ? unigramReader(tokenizerJson) : wordPieceReader(tokenizerJson), prompt);
}

function modelOf(json: object): unknown {
  const model: unknown = 'model' in json ? json.model : null;
  return typeof model === 'object' && model !== null && 'type' in model ? model.type : null;
}

function fromWords(words: WordReader, prompt: string): Tokenizer {
  const remembered = new Map<string, number[]>();

  const encodeRun = (run: string): number[] => {
    const known = remembered.get(run);
    if (known !== undefined) return known;
    const ids = words.encodeRun(run.slice(0, MAX_RUN));
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    if (run.length <= 64) remembered.set(run, ids);
    return ids;
  };

  /** Ids of the text without special tokens, at least `enough` of them where the text has that many. */
  const encodeWords = (text: string, enough: number): number[] => {
    const all: number[] = [];
    for (const match of text.matchAll(RUN)) {
      if (all.length >= enough) break;
      for (const id of encodeRun(match[0])) all.push(id);
    }
    return all;
  };
  const before = [...words.before, ...encodeWords(prompt, Infinity)];
  const { after } = words;
  const added = before.length + after.length;

  const survey = surveyor((word) => words.makeOut(word));

  return {
    padId: words.padId,
    vocabSize: words.vocabSize,
    encode(text, maxLength = Infinity) {
      const room = Math.max(0, maxLength - added);
      const inner = encodeWords(text, room);
      return Int32Array.from([...before, ...inner.slice(0, room), ...after]);
    },
    countTokens(text, limit = Infinity) {
      return Math.min(encodeWords(text, limit + 1 - added).length + added, limit + 1);
    },
    survey: (text, limit = Infinity) => survey(text, (run) => encodeRun(run).length, limit, added),
  };
}
