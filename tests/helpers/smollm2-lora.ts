/** LoRA steps of SmolLM2-135M-Instruct against PyTorch and PEFT: what `npm run parity` runs. */
import { readFileSync } from 'node:fs';
import type { LoraConfig } from '../../src/core/models/lora';
import { singleTurn } from '../../src/core/text/conversation';
import { encodeExample } from '../../src/core/text/examples';
import { LORA_A, LORA_B } from '../../src/engine/adapters/adapted-linear';
import { targetModules } from '../../src/engine/adapters/adapter';
import { placed } from '../../src/engine/device/placed';
import { Fork } from '../../src/engine/fit/fork';
import { optimizerStep } from '../../src/engine/fit/step';
import type { Decoder } from '../../src/engine/models/decoder';
import type { Weights } from '../../src/engine/models/weights';
import { AdamW } from '../../src/engine/optim/adamw';
import { answerLoss, learnedTokens, predictionsOf } from '../../src/engine/tasks/generation/loss';
import { smolLm2Reader } from './smollm2';

interface LoraFixture {
  steps: { step: number; loss: number; grad_norm: number }[];
  gradient_norm_by_parameter_step1: Record<string, number>;
}

const read = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
export const loraFixture = JSON.parse(read('smollm2-lora.json')) as LoraFixture;

const LORA: LoraConfig = {
  rank: 8,
  alpha: 16,
  dropout: 0,
  targetModules: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
  rankStabilized: false,
};
const ROWS_A_STEP = 4;

export interface LoraStep {
  step: number;
  /** Relative to the reference. */
  loss: number;
  gradNorm: number;
  /** Of the gradient norms of all matrices, at the first step: the largest difference, relative to the reference's. */
  gradNorms: number | null;
  /** Matrices that were compared. */
  matrices: number;
}

/** The first steps, one by one. */
export async function* loraSteps(decoder: Decoder, steps: number): AsyncGenerator<LoraStep> {
  const reader = smolLm2Reader();
  const rows = read('geoquery.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { prompt: string; completion: string });
  const examples = rows.map(({ prompt, completion }) => encodeExample(reader, singleTurn(prompt, completion)));
  const fork = new Fork(decoder.weights, [], referenceAdapter(decoder), LORA);
  const optimizer = new AdamW({ weightDecay: 0 });
  const tuned: Decoder = { ...decoder, weights: fork.weights, lora: LORA };
  try {
    for (const reference of loraFixture.steps.slice(0, steps)) {
      const start = (reference.step - 1) * ROWS_A_STEP;
      const batch = examples.slice(start, start + ROWS_A_STEP);
      const normalizer = batch.reduce((sum, example) => sum + learnedTokens(example), 0);
      const { loss, gradNorm, gradNorms } = await optimizerStep({
        weights: fork.weights,
        trainable: fork.trainable,
        losses: [() => answerLoss(tuned, predictionsOf(batch), { normalizer })],
        optimizer,
        learningRate: () => 1e-3,
        maxGradNorm: 1,
      });
      const names = Object.entries(loraFixture.gradient_norm_by_parameter_step1);
      yield {
        step: reference.step,
        loss: Math.abs(loss / reference.loss - 1),
        gradNorm: Math.abs(gradNorm / reference.grad_norm - 1),
        gradNorms: reference.step === 1 ? largestDifference(names, gradNorms) : null,
        matrices: names.length,
      };
    }
  } finally {
    optimizer.dispose();
    fork.dispose();
  }
}

/** A[i][j] = 0.02·sin(1 + i·inputs + j), [rank, inputs] in files and turned here; B is 0. */
function referenceAdapter({ family, config }: Decoder): Weights {
  return new Map(
    targetModules(family.linearModules(config), LORA).flatMap(({ path, inputs, outputs }) => {
      const a = new Float32Array(inputs * LORA.rank);
      for (let i = 0; i < LORA.rank; i++) {
        for (let j = 0; j < inputs; j++) a[j * LORA.rank + i] = 0.02 * Math.sin(1 + i * inputs + j);
      }
      return [
        [path + LORA_A, placed(a, [inputs, LORA.rank])],
        [path + LORA_B, placed(new Float32Array(LORA.rank * outputs), [LORA.rank, outputs])],
      ];
    }),
  );
}

/** B is 0 at the start, so that the gradients of A are 0 in the reference: those are compared with 0. */
function largestDifference(names: [string, number][], found: ReadonlyMap<string, number>): number {
  return names.reduce((largest, [name, norm]) => {
    const own = found.get(name.replace('base_model.model.', '')) ?? NaN;
    const difference = norm === 0 ? own : Math.abs(own / norm - 1);
    return difference <= largest ? largest : difference;
  }, 0);
}
