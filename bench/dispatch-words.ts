/** What the dispatches of a decoder's step and token are for, in words: by the names of their programs. */

/** Of tfjs's own programs and of ours: the first that fits. */
const WORDS: readonly (readonly [program: RegExp, words: string])[] = [
  [/^FillProgram/, 'tfjs: zeros and ones'],
  [/^BinaryOpProgram/, 'tfjs: sums of two, residual streams and gradients that meet'],
  [/^SliceProgram/, 'tfjs: rows of a chunk cut out'],
  [/^ConcatProgram/, 'tfjs: chunks put together'],
  [/^GatherProgram/, 'tfjs: rows of learned tokens picked out'],
  [/^matmul .*"packed":"q4.*"kind":"layer"/, 'frozen layers'],
  [/^matmul .*"packed":"q4.*"kind":"slope"/, 'gradients through frozen layers'],
  [/^matmul .*"packed":"q8.*"kind":"layer"/, 'logits from the word table'],
  [/^matmul .*"packed":"q8.*"kind":"slope"/, 'gradients through the word table'],
  [/^matmul .*"kind":"added"/, 'what adapters add: (x·A)·B, and dH·Aᵀ to a gradient'],
  [/^matmul .*"kind":"slope"/, 'dH = dY·Bᵀ of adapters'],
  [/^matmul .*"kind":"columns"/, 'gradients of B'],
  [/^narrow linear of lines/, 'dH = dY·Bᵀ of adapters'],
  [/^narrow linear, gradient of few inputs/, 'gradients of B'],
  [/^narrow linear, gradients/, 'gradients of A'],
  [/^sum-parts/, 'sums of parts'],
  [/^narrow linear/, 'x·A of adapters'],
  [/^adamw/, 'AdamW, two matrices at a time'],
  [/^sums-of-squares/, 'norms of the gradients, seven at a time'],
  [/^rms-norm-backward/, 'RMSNorm, back'],
  [/^rms-norm/, 'RMSNorm'],
  [/^rotary back/, 'rotary positions, back'],
  [/^rotary/, 'rotary positions'],
  [/^attention-forward/, 'attention'],
  [/^attention-(queries|keys)/, 'attention, back'],
  [/^swi-glu backward/, 'SwiGLU, back'],
  [/^swi-glu/, 'SwiGLU'],
  [/^cross-entropy-backward/, 'cross-entropy, back'],
  [/^(cross-entropy|sum$)/, 'cross-entropy'],
  [/^table rows/, 'word vectors'],
  [/^token product q8/, 'logits from the word table'],
  [/^token product/, 'layers of one token, with its norms and adapters'],
  [/^token attention/, 'attention of one token'],
];

/** By their words, most first; a program that has none keeps its name. */
export function dispatchesInWords(kinds: Readonly<Record<string, number>>): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [program, count] of Object.entries(kinds)) {
    const words = WORDS.find(([pattern]) => pattern.test(program))?.[1] ?? program;
    sums.set(words, (sums.get(words) ?? 0) + count);
  }
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a));
}
