/**
 * The config of a decoder of Llama's shape as every room may read it, and its two other spellings: Hugging Face's
 * config.json, both ways, and the allow-list of the architectures that are of this shape.
 */
import { unsupportedFile } from '../formats/stored-tensor';
import type { ModelConfig } from './model-config';

/** As manifests have it. */
export interface DecoderConfig extends ModelConfig {
  heads: number;
  keyValueHeads: number;
  headSize: number;
  intermediateSize: number;
  rmsNormEps: number;
  ropeTheta: number;
  /** The output table is the word table. */
  tiedEmbeddings: boolean;
  /** Query, key and value have a bias: Qwen2. */
  attentionBias?: boolean | undefined;
  /** Heads of query and key are normalised: Qwen3. */
  queryKeyNorm?: boolean | undefined;
}

/** `general.architecture` of GGUF, `model_type` of config.json. */
export type DecoderArchitecture = 'llama' | 'qwen2' | 'qwen3';

/** `architectures` of config.json. */
export const DECODER_CLASSES: Readonly<Record<DecoderArchitecture, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};

/** Which of the architectures a config is of. */
export function decoderArchitecture({ attentionBias, queryKeyNorm }: DecoderConfig): DecoderArchitecture {
  return queryKeyNorm ? 'qwen3' : attentionBias ? 'qwen2' : 'llama';
}

export interface TokenIds {
  bos: number | null;
  end: readonly number[];
  pad: number | null;
}

/** config.json of a model, as `transformers` reads it from 4.40 on; `dtype` is the type of its values. */
export function huggingFaceConfig(
  config: DecoderConfig,
  { bos, end, pad }: TokenIds,
  dtype: 'float16' | 'float32',
): Record<string, unknown> {
  const architecture = decoderArchitecture(config);
  return {
    architectures: [DECODER_CLASSES[architecture]],
    model_type: architecture,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headSize,
    hidden_act: 'silu',
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tiedEmbeddings,
    attention_bias: false,
    attention_dropout: 0,
    ...(architecture === 'llama' ? { mlp_bias: false } : { use_sliding_window: false }),
    bos_token_id: bos,
    eos_token_id: end.length === 1 ? end[0] : end,
    pad_token_id: pad,
    torch_dtype: dtype,
    use_cache: true,
  };
}

/**
 * The config of a config.json whose `model_type` is on the allow-list; throws `model-unsupported` with the field for what
 * would compute otherwise than here.
 */
export function decoderConfigOf(
  file: string,
  architecture: DecoderArchitecture,
  json: Readonly<Record<string, unknown>>,
): DecoderConfig {
  const refuse = (field: string, found: unknown, wanted: string): never => {
    throw unsupportedFile(
      file,
      `${field} is ${JSON.stringify(found)}, and only ${wanted} is computed here`,
      'Choose another model.',
    );
  };
  const count = (field: string, or?: number): number => {
    const value = json[field] ?? or;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    return refuse(field, value ?? null, 'a whole number');
  };
  const number = (field: string, value: unknown): number => {
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : refuse(field, value, 'a number');
  };
  const only = (field: string, wanted: unknown, absent: unknown = wanted): void => {
    const found = json[field] ?? absent;
    if (found !== wanted) refuse(field, found, JSON.stringify(wanted));
  };
  only('hidden_act', 'silu', null);
  only('attention_bias', false);
  only('mlp_bias', false);
  only('use_sliding_window', false);
  const rope = ropeOf(json);
  if (rope.type !== 'default') refuse('rope_type', rope.type, '"default"');
  const hiddenSize = count('hidden_size');
  const heads = count('num_attention_heads');
  const config: DecoderConfig = {
    vocabSize: count('vocab_size'),
    hiddenSize,
    layers: count('num_hidden_layers'),
    heads,
    keyValueHeads: count('num_key_value_heads', heads),
    headSize: count('head_dim', architecture === 'qwen3' ? 128 : hiddenSize / heads),
    intermediateSize: count('intermediate_size'),
    maxPositions: count('max_position_embeddings'),
    rmsNormEps: number('rms_norm_eps', json['rms_norm_eps'] ?? 1e-6),
    ropeTheta: number('rope_theta', rope.theta),
    tiedEmbeddings: json['tie_word_embeddings'] === true,
    ...(architecture === 'qwen2' && { attentionBias: true }),
    ...(architecture === 'qwen3' && { queryKeyNorm: true }),
  };
  if (heads % config.keyValueHeads !== 0) refuse('num_key_value_heads', config.keyValueHeads, 'a divisor of the heads');
  if (config.headSize % 2 !== 0) refuse('head_dim', config.headSize, 'an even number');
  return config;
}

/** Before transformers 5 the base stood alone and scaling apart; since then both are in `rope_parameters`. */
function ropeOf(json: Readonly<Record<string, unknown>>): { type: unknown; theta: unknown } {
  const parts = [json['rope_parameters'], json['rope_scaling']].filter(
    (part): part is Record<string, unknown> => typeof part === 'object' && part !== null,
  );
  const first = (field: string): unknown => parts.map((part) => part[field]).find((value) => value !== undefined);
  return {
    type: first('rope_type') ?? first('type') ?? 'default',
    theta: first('rope_theta') ?? json['rope_theta'] ?? 10_000,
  };
}
