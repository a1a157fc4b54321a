/**
 * The ways of cutting words before BPE that are known under a name in llama.cpp (`tokenizer.ggml.pre`), as tokenizer.json
 * spells them. Another one cannot be said in a GGUF: it would be read otherwise, without a word.
 */
import { isRecord, type JsonRecord } from './own-json';

/** Qwen's words, as its tokenizer.json writes them. */
const QWEN_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The step that cuts by GPT-2's expression, or not, and writes bytes as letters. */
export const byteLevel = (useRegex: boolean): JsonRecord => {
  return { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: useRegex };
};

/** llama.cpp's names for ways of cutting words (`tokenizer.ggml.pre`), as tokenizer.json spells them. */
export const PRE_TOKENIZERS: Readonly<Record<string, { normalizer: JsonRecord | null; steps: JsonRecord[] }>> = {
  'gpt-2': { normalizer: null, steps: [byteLevel(true)] },
  smollm: { normalizer: null, steps: [{ type: 'Digits', individual_digits: true }, byteLevel(true)] },
  qwen2: {
    normalizer: { type: 'NFC' },
    steps: [{ type: 'Split', pattern: { Regex: QWEN_WORDS }, behavior: 'Isolated', invert: false }, byteLevel(false)],
  },
};

/** llama.cpp's name for the way of a tokenizer.json; null where it has none. */
export function preTokenizerName(preTokenizer: unknown, normalizer: unknown): string | null {
  const steps = essence(partsOf(preTokenizer, 'pretokenizers'));
  const form = essence(partsOf(normalizer, 'normalizers'));
  const known = Object.entries(PRE_TOKENIZERS).find(([, way]) => {
    return essence(way.steps) === steps && essence(way.normalizer === null ? [] : [way.normalizer]) === form;
  });
  return known?.[0] ?? null;
}

/** What of the steps decides how words are cut. */
function essence(steps: readonly JsonRecord[]): string {
  const of = ({
    type,
    pattern,
    individual_digits,
    add_prefix_space,
    use_regex,
    behavior,
    invert,
  }: JsonRecord): unknown => {
    return [type, pattern, individual_digits, add_prefix_space, use_regex, behavior, invert];
  };
  return JSON.stringify(steps.map(of));
}

/** The steps of a `Sequence`, or the one step. */
function partsOf(step: unknown, list: string): JsonRecord[] {
  if (!isRecord(step)) return [];
  const parts = step[list];
  return step['type'] === 'Sequence' && Array.isArray(parts) ? parts.filter(isRecord) : [step];
}
