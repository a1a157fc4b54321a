/**
 * How GGUF names and orders what Hugging Face's files have of a decoder (llama.cpp, convert_hf_to_gguf.py and
 * gguf-py/gguf/tensor_mapping.py). Llama's q and k have their rows in another order there: llama.cpp turns neighbours of a
 * head where Hugging Face turns its halves. Qwen's have not.
 */
import type { DecoderArchitecture, DecoderConfig } from './decoder-config';

const PARTS: readonly (readonly [string, string])[] = [
  ['attn_norm', 'input_layernorm'],
  ['attn_q', 'self_attn.q_proj'],
  ['attn_k', 'self_attn.k_proj'],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_output', 'self_attn.o_proj'],
  ['attn_q_norm', 'self_attn.q_norm'],
  ['attn_k_norm', 'self_attn.k_norm'],
  ['ffn_norm', 'post_attention_layernorm'],
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
];
const TO_GGUF = new Map(PARTS.map(([theirs, ours]) => [ours, theirs]));
const FROM_GGUF = new Map(PARTS);

const TABLES: readonly (readonly [string, string])[] = [
  ['token_embd.weight', 'model.embed_tokens.weight'],
  ['output_norm.weight', 'model.norm.weight'],
  ['output.weight', 'lm_head.weight'],
];

/** The name in GGUF of a parameter; null where it has none. */
export function ggufName(name: string): string | null {
  const table = TABLES.find(([, ours]) => ours === name);
  if (table !== undefined) return table[0];
  const [, layer, part = '', kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  const theirs = TO_GGUF.get(part);
  return theirs === undefined ? null : `blk.${layer}.${theirs}.${kind}`;
}

/** The name in Hugging Face's files of a tensor of a GGUF; null where it has none. */
export function huggingFaceName(name: string): string | null {
  const table = TABLES.find(([theirs]) => theirs === name);
  if (table !== undefined) return table[1];
  const [, layer, part = '', kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const ours = FROM_GGUF.get(part);
  return ours === undefined ? null : `model.layers.${layer}.${ours}.${kind}`;
}

/** By how many lines a head's rows are ordered otherwise in GGUF, for a parameter by its name here; null where they are not. */
export function turnedHeadSize(
  architecture: DecoderArchitecture,
  { headSize }: DecoderConfig,
  name: string,
): number | null {
  return architecture === 'llama' && /\.self_attn\.[qk]_proj\.(weight|bias)$/.test(name) ? headSize : null;
}

/** The line of a Hugging Face file that stands on line `row` of the GGUF. */
export function lineOfGgufRow(row: number, headSize: number): number {
  const place = row % headSize;
  return row - place + (place >> 1) + (place % 2) * (headSize / 2);
}
