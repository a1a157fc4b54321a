/**
 * Byte-level BPE of GPT-2's kind, as SmolLM2, Llama 3 and Qwen have it: from a tokenizer.json in Hugging Face's form, equal
 * to `tokenizers` on every reference string. A text is cut into words (pre-tokenizer.ts), each word's bytes become
 * letters (byte-level.ts), neighbours are joined (merges.ts); a word's ids are remembered.
 */
import * as v from 'valibot';
import { bytesOfToken, lettersOf } from './byte-level';
import { AddedTokens, addedTokensSchema } from './control-tokens';
import { MergeFault, Merger } from './merges';
import { preTokenizer, PreTokenizerFault, preTokenizerSchema } from './pre-tokenizer';
import { surveyor } from './text-survey';
import type { TextTokenizer, TokenSpans } from './text-tokenizer';
import { TokenStream } from './token-stream';
import { damagedTokenizer, unsupportedTokenizer } from './word-reader';

type Merges = readonly (readonly [string, string])[];

const schema = v.object({
  added_tokens: v.optional(addedTokensSchema, []),
  normalizer: v.nullish(v.object({ type: v.literal('NFC') })),
  pre_tokenizer: preTokenizerSchema,
  model: v.object({
    type: v.literal('BPE'),
    dropout: v.nullish(v.literal(0)),
    continuing_subword_prefix: v.nullish(v.literal('')),
    end_of_word_suffix: v.nullish(v.literal('')),
    ignore_merges: v.optional(v.boolean(), false),
    // Hundreds of thousands: looked at by loops of our own.
    vocab: v.custom<Readonly<Record<string, number>>>(isVocabulary, 'Expected tokens with their ids'),
    merges: v.custom<readonly (string | readonly [string, string])[]>(isMerges, 'Expected pairs of tokens'),
  }),
});

const sentencePieceSchema = v.object({ model: v.object({ byte_fallback: v.literal(true) }) });

/** Words of more characters are not remembered. */
const REMEMBERED_LENGTH = 64;
const MAX_REMEMBERED = 50_000;
const NOTHING = new Uint8Array();

export interface DecoderTokens {
  /** Ids that end an answer; the first one pads. */
  endIds?: readonly number[] | undefined;
}

const SENTENCEPIECE =
  'pieces of characters with bytes as a way out (SentencePiece, as Llama 2 and Mistral have it); known are pieces of bytes, as ' +
  'SmolLM2, Llama 3, Qwen 2 and Qwen 3 have them';

/**
 * From the parsed tokenizer.json of a model; throws `model-damaged`, saying what of it is not understood, and
 * `model-unsupported` for one of another kind.
 */
export function bpeTokenizer(tokenizerJson: unknown, { endIds = [] }: DecoderTokens = {}): TextTokenizer {
  if (v.is(sentencePieceSchema, tokenizerJson)) throw unsupportedTokenizer(SENTENCEPIECE);
  const parsed = v.safeParse(schema, tokenizerJson);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw damagedTokenizer(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
  }
  const { added_tokens: added, normalizer, pre_tokenizer, model } = parsed.output;
  const vocab = new Map(Object.entries(model.vocab));
  const { cut, prefixSpace, merger } = understood(() => ({
    ...preTokenizer(pre_tokenizer),
    merger: new Merger({ vocab, merges: pairsOf(model.merges), wholeWords: model.ignore_merges }),
  }));
  const addedTokens = new AddedTokens(added);
  const controls = new Map(added.filter(({ special }) => special).map(({ id, content }) => [content, id]));
  const controlIds = new Set(controls.values());
  const bytes = bytesById(vocab, added);
  const remembered = new Map<string, readonly number[]>();

  const wordIds = (word: string): readonly number[] => {
    const known = remembered.get(word);
    if (known !== undefined) return known;
    const ids = merger.split(lettersOf(word));
    if (word.length <= REMEMBERED_LENGTH) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(word, ids);
    }
    return ids;
  };
  const bytesOf = (id: number): Uint8Array<ArrayBuffer> => bytes[id] ?? NOTHING;
  const normalize = (text: string): string => (normalizer ? text.normalize('NFC') : text);

  /** Words and added tokens in their order, with where they begin. */
  function* wordsOf(
    text: string,
    control: boolean,
  ): Generator<{ start: number; word: string; ids: readonly number[] }> {
    for (const { start, text: stretch, id } of addedTokens.split(text, control)) {
      if (id !== null) {
        yield { start, word: stretch, ids: [id] };
        continue;
      }
      const spaced = prefixSpace && !/^\p{White_Space}/u.test(stretch);
      let at = spaced ? start - 1 : start;
      for (const word of cut(spaced ? ` ${stretch}` : stretch)) {
        yield { start: at, word, ids: wordIds(word) };
        at += word.length;
      }
    }
  }

  const spans: TextTokenizer['spans'] = (text, { control = false, limit = Infinity } = {}): TokenSpans => {
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    const normal = normalize(text);
    for (const { start, word, ids: own } of wordsOf(normal, control)) {
      if (ids.length >= limit) break;
      const places = own.length === 1 ? null : charactersOfBytes(word);
      let byte = 0;
      for (const id of own) {
        const next = byte + bytesOf(id).length;
        ids.push(id);
        starts.push(Math.max(0, start + (places?.starts[byte] ?? 0)));
        ends.push(start + (places?.ends[next - 1] ?? word.length));
        byte = next;
      }
    }
    const whole = ids.length <= limit ? ids : ids.slice(0, limit);
    return {
      ids: Int32Array.from(whole),
      starts: Int32Array.from(starts.slice(0, whole.length)),
      ends: Int32Array.from(ends.slice(0, whole.length)),
    };
  };

  const count = (text: string, limit: number): number => {
    let tokens = 0;
    for (const { ids } of wordsOf(normalize(text), false)) {
      tokens += ids.length;
      if (tokens > limit) return limit + 1;
    }
    return tokens;
  };

  const survey = surveyor((word) => ({ pieces: wordIds(word).length, unknown: 0 }));
  const stream = ({ control = false } = {}): TokenStream =>
    new TokenStream((id) => (!control && controlIds.has(id) ? NOTHING : bytesOf(id)));

  return {
    padId: endIds[0] ?? 0,
    vocabSize: bytes.length,
    endIds: [...endIds],
    controlTokens: [...controls.keys()],
    controlId: (token) => controls.get(token),
    normalize,
    spans,
    stream,
    encode(text, limit = Infinity) {
      const ids: number[] = [];
      for (const word of wordsOf(normalize(text), true)) {
        if (ids.length >= limit) break;
        for (const id of word.ids) ids.push(id);
      }
      return Int32Array.from(ids.length <= limit ? ids : ids.slice(0, limit));
    },
    countTokens: (text, limit = Infinity) => count(text, limit),
    survey(text, limit = Infinity) {
      // Runs tell where to stop; blanks between them are tokens too.
      const made = survey(text, (run) => count(run, limit), limit);
      return { ...made, tokens: count(text, limit) };
    },
    decode(ids, options) {
      const decoder = stream(options);
      let text = '';
      for (const id of ids) text += decoder.push(id);
      return text + decoder.end();
    },
  };
}

/** [byte] of a word: the character (UTF-16 units) that it is of, from … to before …. */
function charactersOfBytes(word: string): { starts: number[]; ends: number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of word) {
    const code = character.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let i = 0; i < bytes; i++) {
      starts.push(at);
      ends.push(at + character.length);
    }
    at += character.length;
  }
  return { starts, ends };
}

/** [id] what a token stands for; of an added token its own letters. */
function bytesById(
  vocab: ReadonlyMap<string, number>,
  added: readonly { id: number; content: string }[],
): Uint8Array<ArrayBuffer>[] {
  const bytes: Uint8Array<ArrayBuffer>[] = [];
  const encoder = new TextEncoder();
  for (const [token, id] of vocab) bytes[id] = bytesOfToken(token) ?? encoder.encode(token);
  for (const { id, content } of added) bytes[id] = encoder.encode(content);
  return bytes;
}

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof MergeFault) throw damagedTokenizer(cause.message, cause);
    if (cause instanceof PreTokenizerFault) throw unsupportedTokenizer(cause.message, cause);
    throw cause;
  }
}

function pairsOf(merges: readonly (string | readonly [string, string])[]): Merges {
  return merges.map((merge) => {
    if (typeof merge !== 'string') return merge;
    const blank = merge.indexOf(' ');
    return [merge.slice(0, blank), merge.slice(blank + 1)];
  });
}

function isVocabulary(value: unknown): boolean {
  const isId = (id: unknown): boolean => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 && id < MAX_ID;
  return typeof value === 'object' && value !== null && Object.values(value).every(isId);
}

/** No vocabulary is as large; ids beyond it would make arrays of any size. */
const MAX_ID = 2 ** 22;

function isMerges(value: unknown): boolean {
  const isPair = (pair: unknown): boolean =>
    typeof pair === 'string'
      ? pair.includes(' ')
      : Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  return Array.isArray(value) && value.every(isPair);
}
