/** What every folder of a classifier has in common: config.json with the labels, and the tokenizer's files. */
import { jsonFile, type PlannedFile, textFile } from '../../formats/planned-file';
import { damagedFile } from '../../formats/stored-tensor';
import type { BertShape } from '../../models/parameter-shapes';
import { createTokenizer } from '../../text/tokenizer';
import type { EncoderTokenizer, ExportedClassifier } from './exported-classifier';

/** config.json as transformers has it for models of BERT's shape; with labels it is one that sorts. */
export function bertConfig(config: BertShape, architecture: string, labels: readonly string[] = []): PlannedFile {
  return jsonFile('config.json', {
    architectures: [architecture],
    model_type: 'bert',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    hidden_act: 'gelu',
    max_position_embeddings: config.maxPositions,
    type_vocab_size: config.typeVocabSize,
    layer_norm_eps: config.layerNormEps,
    position_embedding_type: 'absolute',
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    dtype: 'float32',
    ...(labels.length > 0 && {
      problem_type: 'single_label_classification',
      // `fromEntries` makes an entry of any text, `__proto__` too.
      id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
      label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    }),
  });
}

interface SpecialToken {
  id: string;
  ids: number[];
  tokens: string[];
}

interface Template {
  type: 'TemplateProcessing';
  single: TemplatePiece[];
  pair: TemplatePiece[];
  special_tokens: Record<string, SpecialToken>;
}

interface TokenizerJson {
  post_processor: Template;
  model: { type: string; vocab: readonly (readonly [string, number])[] | Record<string, number> };
  [key: string]: unknown;
}

type TemplatePiece = { SpecialToken: { id: string; type_id: number } } | { Sequence: { id: string; type_id: number } };

/** True where the model tells the first from the second of two texts: its words are BERT's own. */
export function hasSegments({ json }: EncoderTokenizer): boolean {
  return (JSON.parse(json) as TokenizerJson).model.type === 'WordPiece';
}

/**
 * tokenizer.json, cutting where the run cut, and tokenizer_config.json. `withPrompt`: what stands before each text stands in the
 * template, as tokens, so that whoever loads it need not know.
 */
export function encoderTokenizer(
  { tokenizer, maxLength }: Pick<ExportedClassifier, 'tokenizer' | 'maxLength'>,
  { withPrompt }: { withPrompt: boolean },
): PlannedFile[] {
  const json = JSON.parse(tokenizer.json) as TokenizerJson;
  const isWordPiece = json.model.type === 'WordPiece';
  const truncation = { direction: 'Right', max_length: maxLength, strategy: 'LongestFirst', stride: 0 };
  const [bos, end, pad, unknown] = isWordPiece
    ? ['[CLS]', '[SEP]', '[PAD]', '[UNK]']
    : ['<s>', '</s>', '<pad>', '<unk>'];
  const post = template(json, withPrompt ? tokenizer.prompt : '', [bos, end]);
  return [
    textFile('tokenizer.json', JSON.stringify({ ...json, truncation, padding: null, post_processor: post })),
    jsonFile('tokenizer_config.json', {
      // The class that takes tokenizer.json as it is.
      tokenizer_class: 'PreTrainedTokenizerFast',
      model_max_length: maxLength,
      model_input_names: ['input_ids', ...(isWordPiece ? ['token_type_ids'] : []), 'attention_mask'],
      ...{ cls_token: bos, sep_token: end, pad_token: pad, unk_token: unknown },
      clean_up_tokenization_spaces: false,
    }),
  ];
}

/**
 * What stands round a text: the first token, the prompt's one by one, since some readers know of a special token its text alone,
 * and the last.
 */
function template(json: TokenizerJson, prompt: string, [bos = '', end = '']: readonly string[]): Template {
  const { vocab } = json.model;
  const tokenOf = new Map<number, string>(
    Array.isArray(vocab)
      ? vocab.map(([text]: readonly [string, number], id: number): [number, string] => [id, text])
      : Object.entries(vocab).map(([text, id]): [number, string] => [id, text]),
  );
  const [first = 0, ...others] = createTokenizer(json, prompt).encode('');
  const last = others.pop() ?? 0;
  const before = [
    { id: bos, ids: [first], tokens: [bos] },
    ...others.map((id) => ({ id: tokenOf.get(id) ?? '', ids: [id], tokens: [tokenOf.get(id) ?? ''] })),
  ];
  const after = { id: end, ids: [last], tokens: [end] };
  const special = ({ id }: SpecialToken, type_id = 0): TemplatePiece => ({ SpecialToken: { id, type_id } });
  const single: TemplatePiece[] = [
    ...before.map((token) => special(token)),
    { Sequence: { id: 'A', type_id: 0 } },
    special(after),
  ];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, { Sequence: { id: 'B', type_id: 1 } }, special(after, 1)],
    special_tokens: Object.fromEntries([...before, after].map((token) => [token.id, token])),
  };
}

/**
 * Reads texts as the template of a tokenizer.json says: the other way round from `encoderTokenizer`, for the proof. Throws
 * `model-damaged` for a token that is not there.
 */
export function templateReader(text: string, maxLength: number): (text: string) => Int32Array {
  const json = JSON.parse(text) as TokenizerJson;
  const { single, special_tokens: special } = json.post_processor;
  const at = single.findIndex((piece) => 'Sequence' in piece);
  const idsOf = (pieces: readonly TemplatePiece[]): number[] =>
    pieces.flatMap((piece) => {
      const known = 'SpecialToken' in piece ? special[piece.SpecialToken.id] : undefined;
      if (known === undefined) throw damagedFile('tokenizer.json', 'its template names a token that it does not have');
      return known.ids;
    });
  const [before, after] = [idsOf(single.slice(0, at)), idsOf(single.slice(at + 1))];
  const tokenizer = createTokenizer(json);
  const room = Math.max(0, maxLength - before.length - after.length);
  return (asked) => {
    // Its own first and last token go.
    const inner = [...tokenizer.encode(asked, room + 2)].slice(1, -1);
    return Int32Array.from([...before, ...inner, ...after]);
  };
}
