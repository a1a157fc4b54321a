/**
 * Where a text is cut before its words are put together from pieces: the steps of a tokenizer.json of a byte-level BPE.
 * The expressions are a list: one from a file could be made to run for ever. Blanks are those of Unicode, as the
 * reference has them; `\s` of JavaScript has U+FEFF too and not U+0085.
 */
import * as v from 'valibot';

/** Gives the parts of a text in their order; together they are the text. */
export type Cut = (text: string) => Iterable<string>;

const SPACE = '\\p{White_Space}';
const GPT_2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`;

/** What GPT-4, Llama 3 and Qwen have in common: `digits` says how many stand together. */
function gpt4(digits: string): string {
  // (?i: …), which engines of 2024 do not have; ſ is an s there.
  const contraction = "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
  const words = `[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^${SPACE}\\p{L}\\p{N}]+[\\r\\n]*`;
  return `${contraction}|${words}|${SPACE}*[\\r\\n]+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`;
}

const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const WORDS = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+';
const REST = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** As files have it → as it is run here. */
const EXPRESSIONS: ReadonlyMap<string, string> = new Map([
  ["'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", GPT_2],
  [`${CONTRACTION}|${WORDS}|\\p{N}{1,3}|${REST}`, gpt4('\\p{N}{1,3}')],
  [`${CONTRACTION}|${WORDS}|\\p{N}|${REST}`, gpt4('\\p{N}')],
]);

const stepSchema = v.variant('type', [
  v.object({
    type: v.literal('ByteLevel'),
    add_prefix_space: v.optional(v.boolean(), true),
    use_regex: v.optional(v.boolean(), true),
  }),
  v.object({ type: v.literal('Digits'), individual_digits: v.optional(v.boolean(), false) }),
  v.object({
    type: v.literal('Split'),
    pattern: v.object({ Regex: v.string() }),
    behavior: v.picklist(['Isolated', 'Removed']),
    invert: v.optional(v.boolean(), false),
  }),
]);
type Step = v.InferOutput<typeof stepSchema>;

/** `pre_tokenizer` of a tokenizer.json. */
export const preTokenizerSchema = v.union([
  stepSchema,
  v.object({ type: v.literal('Sequence'), pretokenizers: v.array(stepSchema) }),
]);

export interface PreTokenizer {
  cut: Cut;
  /** A blank is put before a text that begins with none. */
  prefixSpace: boolean;
}

/** The steps of a file as one; throws `PreTokenizerFault` for an expression that is not in the list. */
export function preTokenizer(parsed: v.InferOutput<typeof preTokenizerSchema>): PreTokenizer {
  const steps = parsed.type === 'Sequence' ? parsed.pretokenizers : [parsed];
  const byteLevel = steps.find((step) => step.type === 'ByteLevel');
  if (byteLevel === undefined) throw new PreTokenizerFault('it has no step ByteLevel, by which letters become bytes');
  const expressions = steps.flatMap((step) => expressionOf(step) ?? []);
  return { cut: (text) => cutBy(text, expressions, 0), prefixSpace: byteLevel.add_prefix_space };
}

/** Why a text cannot be cut as a file says. */
export class PreTokenizerFault extends Error {}

function expressionOf(step: Step): RegExp | null {
  switch (step.type) {
    case 'ByteLevel':
      return step.use_regex ? new RegExp(GPT_2, 'gu') : null;
    case 'Digits':
      return new RegExp(step.individual_digits ? '\\p{N}' : '\\p{N}+', 'gu');
    case 'Split': {
      const known = EXPRESSIONS.get(step.pattern.Regex);
      // What matches is kept either way: as parts of their own, or as what is not removed.
      if (known === undefined || step.invert !== (step.behavior === 'Removed')) {
        throw new PreTokenizerFault(`it cuts by an expression that is not known here: ${step.pattern.Regex}`);
      }
      return new RegExp(known, 'gu');
    }
  }
}

/** Matches and what stands between them, each cut further by the next expression. */
function* cutBy(text: string, expressions: readonly RegExp[], step: number): Generator<string> {
  const expression = expressions[step];
  if (expression === undefined) {
    yield text;
    return;
  }
  let end = 0;
  for (const { 0: found, index } of text.matchAll(expression)) {
    if (index > end) yield* cutBy(text.slice(end, index), expressions, step + 1);
    yield* cutBy(found, expressions, step + 1);
    end = index + found.length;
  }
  if (end < text.length) yield* cutBy(text.slice(end), expressions, step + 1);
}
