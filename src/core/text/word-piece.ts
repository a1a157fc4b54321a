/**
 * WordPiece of BERT models, equal to Hugging Face's own tokenizer on every reference string.
 * Words come from `@huggingface/tokenizers`; what it does differently from the reference is corrected on its input.
 */
import { Tokenizer as WordPieceTokenizer } from '@huggingface/tokenizers';
import { damagedTokenizer, type WordReader } from './word-reader';

/** From the parsed tokenizer.json of a model; throws `model-damaged` when it is not a BERT one. */
export function wordPieceReader(tokenizerJson: object): WordReader {
  let words: WordPieceTokenizer;
  try {
    words = new WordPieceTokenizer(tokenizerJson, {});
  } catch (cause) {
    throw damagedTokenizer('its parts are not understood', cause);
  }
  const special = (token: string): number => {
    const id = words.token_to_id(token);
    if (id === undefined) throw damagedTokenizer(`${token} is missing`);
    return id;
  };
  const [clsId, sepId, padId] = [special('[CLS]'), special('[SEP]'), special('[PAD]')];
  const unknownId = special('[UNK]');
  const encodeRun = (run: string): number[] => words.encode(asReference(run), { add_special_tokens: false }).ids;
  return {
    before: [clsId],
    after: [sepId],
    padId,
    vocabSize: words.get_vocab().size,
    encodeRun,
    makeOut(word) {
      const ids = encodeRun(word);
      // One and the same to the model, whatever its letters are.
      return { pieces: ids.length, unknown: ids.includes(unknownId) ? [...word].length : 0 };
    },
  };
}

/** Ideographs beyond the basic plane, by the ranges of the reference implementation, its gap at 2B820 included. */
const SUPPLEMENTARY_IDEOGRAPH =
  /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/**
 * Two deviations of the library, undone on its input: it lowers a final Σ to ς where the reference lowers letter
 * by letter to σ, and it does not set ideographs beyond the basic plane apart as words of their own.
 */
function asReference(run: string): string {
  return run.replaceAll('Σ', 'σ').replace(SUPPLEMENTARY_IDEOGRAPH, ' $& ');
}
