/** Rows and folds of a run of written answers, as small as they can be. */
import type { TrainedAdapter } from '../../src/core/run/generation';
import type { AnsweredRow, GenerationFold } from '../../src/core/run/generation-outcome';

export function answeredRow(row: number, change: Partial<AnsweredRow> = {}): AnsweredRow {
  return {
    row,
    fold: 0,
    answers: { base: null, few_shot: null, nearest: null, tuned: { text: `answer ${row}`, tokens: 3, cut: false } },
    losses: { base: { nll: 2, tokens: 3, right: 1 }, few_shot: null, tuned: { nll: 1, tokens: 3, right: 2 } },
    nearest: null,
    examples: [],
    ...change,
  };
}

export function writtenFold(fold: number): GenerationFold {
  return {
    fold,
    trainingRows: 8,
    heldOutRows: 2,
    steps: 4,
    epochs: 2,
    bestEpoch: null,
    lastTrainLoss: 0.5,
    seconds: 3,
  };
}

export function adapterOf(value: number): TrainedAdapter {
  return {
    modelId: 'SmolLM2-135M-Instruct',
    modelSha256: 'a'.repeat(64),
    lora: { rank: 1, alpha: 2, dropout: 0, targetModules: ['q_proj'], rankStabilized: false },
    maxLength: 64,
    decoding: { maxNewTokens: 8, temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
    tensors: [{ name: 'q_proj.lora_A.weight', shape: [1, 2], values: Float32Array.of(value, -0) }],
  };
}
