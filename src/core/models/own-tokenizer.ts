/** The tokenizer of a model that a person brings along: from a Hugging Face folder's files, or a GGUF's metadata. */
import type { GgufItem, GgufMetadata } from '../formats/gguf-values';
import { damagedFile, unsupportedFile } from '../formats/stored-tensor';
import type { TokenizerKind } from './card';
import { isRecord, type JsonRecord } from './own-json';
import { byteLevel, PRE_TOKENIZERS } from './pre-tokenizers';

/** As the manifest of a built-in model has it. */
export interface OwnTokenizer {
  kind: TokenizerKind;
  /** The text of tokenizer.json. */
  json: string;
  /** Jinja; null where the model has none: then it was not trained for conversations. */
  chatTemplate: string | null;
  bosToken: string | null;
  eosToken: string | null;
  endIds: number[];
}

const KINDS: Readonly<Record<string, TokenizerKind>> = { BPE: 'bpe', WordPiece: 'wordpiece', Unigram: 'unigram' };

/** What a tokenizer.json says of itself. Throws `model-unsupported` for another kind and for ids past the table. */
export function checkTokenizer(
  file: string,
  json: JsonRecord,
  wanted: readonly TokenizerKind[],
  vocabSize: number,
): { kind: TokenizerKind; idOf: (token: string) => number | null; tokenOf: (id: number) => string | null } {
  const model = json['model'];
  if (!isRecord(model)) throw damagedFile(file, 'it has no model');
  // Older files do not name the kind of a Unigram or BPE model.
  const type = model['type'] ?? (Array.isArray(model['merges']) ? 'BPE' : undefined);
  const kind = typeof type === 'string' ? KINDS[type] : undefined;
  if (kind === undefined || !wanted.includes(kind)) {
    const what = typeof type === 'string' ? `«${type}»` : 'without a name';
    throw unsupportedFile(
      file,
      `its tokenizer is of the kind ${what}, not ${wanted.join(' or ')}`,
      'Choose another model.',
    );
  }
  const ids = new Map<string, number>();
  const { vocab } = model;
  if (Array.isArray(vocab))
    vocab.forEach((piece: unknown, id) => Array.isArray(piece) && ids.set(String(piece[0]), id));
  else if (isRecord(vocab)) for (const [token, id] of Object.entries(vocab)) ids.set(token, Number(id));
  const added = Array.isArray(json['added_tokens']) ? json['added_tokens'].filter(isRecord) : [];
  for (const { content, id } of added) ids.set(String(content), Number(id));
  let largest = -1;
  for (const id of ids.values()) {
    if (!Number.isSafeInteger(id) || id < 0) throw damagedFile(file, 'an id in it is not a whole number');
    largest = Math.max(largest, id);
  }
  if (largest < 0) throw damagedFile(file, 'it has no tokens');
  if (largest >= vocabSize) {
    throw unsupportedFile(
      file,
      `it gives ids up to ${largest}, and the model's table has ${vocabSize} rows: they do not belong together`,
      'Choose the tokenizer.json that came with the model.',
    );
  }
  return {
    kind,
    idOf: (token) => ids.get(token) ?? null,
    tokenOf: (wanted) => [...ids].find(([, id]) => id === wanted)?.[0] ?? null,
  };
}

/** Throws `model-unsupported` where no token ends an answer: a model could never be taught to stop. */
export function demandEnd(file: string, { endIds, eosToken }: OwnTokenizer): void {
  if (endIds.length > 0 && eosToken !== null) return;
  throw unsupportedFile(
    file,
    'it names no token that ends an answer (eos_token)',
    'Add it to tokenizer_config.json, or choose another model.',
  );
}

/** As ggml numbers kinds of tokens (llama.h, `llama_token_type`). */
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;

/** The tokenizer in a GGUF; throws `model-unsupported` for one that is not byte-level BPE of a known way of cutting words. */
export function ggufTokenizer(file: string, metadata: GgufMetadata): OwnTokenizer {
  const text = (key: string): string | null => {
    const entry = metadata.get(`tokenizer.${key}`);
    return entry?.type === 'string' ? String(entry.value) : null;
  };
  const list = (key: string): GgufItem[] => {
    const entry = metadata.get(`tokenizer.ggml.${key}`);
    return entry?.type === 'array' ? [...entry.items] : [];
  };
  const id = (key: string): number | null => {
    const entry = metadata.get(`tokenizer.ggml.${key}`);
    return entry?.type === 'uint32' ? Number(entry.value) : null;
  };
  const pre = text('ggml.pre') ?? 'default';
  const way = Object.hasOwn(PRE_TOKENIZERS, pre) ? PRE_TOKENIZERS[pre] : undefined;
  if (text('ggml.model') !== 'gpt2' || way === undefined) {
    throw unsupportedFile(
      file,
      `its tokenizer is «${text('ggml.model') ?? 'none'}», words cut by «${pre}»; known are gpt2 with ` +
        Object.keys(PRE_TOKENIZERS).join(', '),
      'Choose the Hugging Face folder of the model, whose tokenizer.json says it in full.',
    );
  }
  const tokens = list('tokens').map(String);
  const types = list('token_type');
  const known = tokens.map((content, at) => ({ id: at, content, type: types[at] ?? 1 }));
  const added = known.filter(({ type }) => type === CONTROL || type === USER_DEFINED);
  const eosId = id('eos_token_id');
  const nameOf = (token: number | null): string | null => (token === null ? null : (tokens[token] ?? null));
  return {
    kind: 'bpe',
    json: JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added.map(({ id: at, content, type }) => {
        const flags = {
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: type === CONTROL,
        };
        return { id: at, content, ...flags };
      }),
      normalizer: way.normalizer,
      pre_tokenizer: { type: 'Sequence', pretokenizers: way.steps },
      post_processor: null,
      decoder: { ...byteLevel(true), add_prefix_space: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(
          known.filter(({ type }) => type !== UNUSED).map(({ content, id: at }) => [content, at]),
        ),
        merges: list('merges').map((merge) => String(merge).split(' ')),
      },
    }),
    chatTemplate: text('chat_template'),
    bosToken: nameOf(id('bos_token_id')),
    eosToken: nameOf(eosId),
    endIds: [...new Set([eosId, id('eot_token_id')].filter((end) => end !== null))],
  };
}
