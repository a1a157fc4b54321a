/**
 * The tokenizer of an exported decoder: Hugging Face's three files, and the metadata of GGUF, whose llama.cpp knows ways of
 * cutting words («pre») by name only.
 */
import { AppError } from '../errors';
import type { GgufValue } from '../formats/gguf-values';
import { jsonFile, type PlannedFile, textFile } from '../formats/planned-file';
import type { TokenIds } from '../models/decoder-config';
import { preTokenizerName } from '../models/pre-tokenizers';

export interface DecoderTokenizer {
  /** The text of tokenizer.json, of the BPE kind. */
  json: string;
  /** Jinja. */
  chatTemplate: string;
  bosToken: string | null;
  eosToken: string;
  /** Any of them ends an answer. */
  endIds: readonly number[];
}

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

interface BpeJson {
  tokens: string[];
  merges: string[];
  added: AddedToken[];
  pre: string | null;
}

/** As ggml numbers them (llama.h, `llama_token_type`). */
const TOKEN_TYPES = { normal: 1, control: 3, userDefined: 4, unused: 5 };

/** The ids of its tokens by name; padding is the end token's where there is no other. */
export function tokenIds(tokenizer: DecoderTokenizer): TokenIds {
  const { tokens } = parseBpe(tokenizer.json);
  const idOf = (token: string): number | null => {
    const id = tokens.indexOf(token);
    return id < 0 ? null : id;
  };
  const end = idOf(tokenizer.eosToken);
  return {
    bos: tokenizer.bosToken === null ? null : idOf(tokenizer.bosToken),
    end: tokenizer.endIds.length > 0 || end === null ? tokenizer.endIds : [end],
    pad: end,
  };
}

/** The texts of the tokens that end an answer. */
export function endTokens(tokenizer: DecoderTokenizer): string[] {
  const { tokens } = parseBpe(tokenizer.json);
  return [...new Set([tokenizer.eosToken, ...tokenizer.endIds.flatMap((id) => tokens[id] ?? [])])];
}

/** tokenizer.json as it is, tokenizer_config.json and the template on its own, as transformers 5 has it. */
export function tokenizerFolder(tokenizer: DecoderTokenizer, maxPositions: number): PlannedFile[] {
  const { json, chatTemplate, bosToken, eosToken } = tokenizer;
  return [
    textFile('tokenizer.json', json),
    jsonFile('tokenizer_config.json', {
      // The class that takes tokenizer.json as it is.
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: bosToken,
      eos_token: eosToken,
      pad_token: eosToken,
      model_max_length: maxPositions,
      clean_up_tokenization_spaces: false,
      chat_template: chatTemplate,
    }),
    textFile('chat_template.jinja', chatTemplate),
  ];
}

/**
 * `tokenizer.*` of a GGUF with a table of `vocabSize` rows. Throws `model-unsupported` for a tokenizer whose way of cutting
 * words llama.cpp would not know: it would read texts otherwise, without a word.
 */
export function ggufTokenizer(tokenizer: DecoderTokenizer, vocabSize: number): Map<string, GgufValue> {
  const { tokens, merges, added, pre } = parseBpe(tokenizer.json);
  if (pre === null) {
    throw new AppError(
      'model-unsupported',
      'This model’s tokenizer cuts words in a way that llama.cpp has no name for, so a GGUF of it would read texts ' +
        'otherwise. Take the merged model as safetensors instead.',
    );
  }
  const types = tokens.map(() => TOKEN_TYPES.normal);
  for (const { id, special } of added) types[id] = special ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined;
  for (let id = tokens.length; id < vocabSize; id++) {
    tokens.push(`[PAD${id}]`);
    types.push(TOKEN_TYPES.unused);
  }
  const { bos, pad } = tokenIds(tokenizer);
  const id = (value: number): GgufValue => ({ type: 'uint32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  const end = tokens.indexOf(tokenizer.eosToken);
  return new Map<string, GgufValue>([
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text(pre)],
    ['tokenizer.ggml.tokens', { type: 'array', of: 'string', items: tokens }],
    ['tokenizer.ggml.token_type', { type: 'array', of: 'int32', items: types }],
    ['tokenizer.ggml.merges', { type: 'array', of: 'string', items: merges }],
    ...(bos === null ? [] : [['tokenizer.ggml.bos_token_id', id(bos)] as const]),
    ['tokenizer.ggml.eos_token_id', id(end)],
    ...(pad === null ? [] : [['tokenizer.ggml.padding_token_id', id(pad)] as const]),
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: false }],
    ['tokenizer.chat_template', text(tokenizer.chatTemplate)],
  ]);
}

/** Of a tokenizer.json, what is written elsewhere too; `pre` is llama.cpp's name for its way of cutting words. */
function parseBpe(json: string): BpeJson {
  const { model, added_tokens, pre_tokenizer, normalizer } = JSON.parse(json) as {
    model: { type: string; vocab: Record<string, number>; merges: (string | [string, string])[] };
    added_tokens: AddedToken[];
    pre_tokenizer: unknown;
    normalizer: unknown;
  };
  if (model.type !== 'BPE') {
    throw new AppError(
      'model-unsupported',
      `A decoder's tokenizer is of the kind BPE here; this one is ${model.type}.`,
    );
  }
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
  for (const { id, content } of added_tokens) tokens[id] = content;
  return {
    tokens: Array.from(tokens, (token, id) => token ?? `[PAD${id}]`),
    merges: model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
    added: added_tokens,
    pre: preTokenizerName(pre_tokenizer, normalizer),
  };
}
