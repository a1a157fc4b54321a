/**
 * How long the parts of a run of written answers take: what they compute, counted from the lengths of its rows, by the
 * speed of the device. A plain processor core stands in until that is measured.
 */
import { answersPart, FINAL_PART, foldPart } from '../../core/run/parts';
import type { GenerationData, GenerationPlan } from '../../core/run/generation';
import type { Part } from '../fit/progress';
import type { Decoder } from '../models/decoder';
import type { GenerationMethod } from '../tasks/generation/method';
import { learnedTokens } from '../tasks/generation/loss';

/** Milliseconds for a token, each way of handling it. */
export interface TokenSpeeds {
  /** Read without a gradient. */
  reading: number;
  /** Forward, and backward to the adapters: a frozen matrix has no gradient of its own. */
  training: number;
  /** Written, one after the other. */
  writing: number;
}

/** One processor core with WebAssembly, by operations: about 20 GFLOP/s in products of many rows, half of it in those of one. */
export function plainSpeeds({ family, config }: Pick<Decoder, 'family' | 'config'>): TokenSpeeds {
  const counts = family.counts(config);
  const flops = counts.layers * counts.layerFlops({ batch: 1, tokens: 1 });
  const reading = flops * 5e-8;
  return { reading, training: 2.2 * reading, writing: 2 * reading };
}

/** The parts of a plan with their times. */
export function writePlanParts(
  data: GenerationData,
  plan: GenerationPlan,
  model: Pick<Decoder, 'family' | 'config'>,
  method: GenerationMethod,
  speeds: TokenSpeeds = plainSpeeds(model),
): Part[] {
  const { settings, folds, heldOutIn } = plan;
  const tokens = data.examples.map(({ ids }) => ids.length);
  const meanTokens = tokens.reduce((a, b) => a + b, 0) / Math.max(1, tokens.length);
  const trainingMs = (rows: Int32Array): number => {
    const steps = method.steps({ settings }, { rows, epochs: null });
    return steps * settings.batchSize * settings.gradientAccumulation * meanTokens * speeds.training;
  };
  const all = Int32Array.from(tokens.keys());
  const parts: Part[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const rows = all.filter((row) => heldOutIn[row] !== fold);
    parts.push({ key: foldPart(fold), phase: 'fold', kind: 'train', estimateMs: trainingMs(rows) });
    parts.push({ key: answersPart(fold), phase: 'test', kind: 'encode', estimateMs: answeringMs(plan, fold, speeds) });
  }
  if (folds !== 1) parts.push({ key: FINAL_PART, phase: 'final-fit', kind: 'train', estimateMs: trainingMs(all) });
  return parts;
}

/** Every held-out row scored and answered in each way that a model writes. */
function answeringMs({ heldOut, decoding }: GenerationPlan, fold: number, { reading, writing }: TokenSpeeds): number {
  return heldOut(fold)
    .flatMap(({ base, fewShot }) => [base, base, ...(fewShot ? [fewShot] : [])])
    .reduce((sum, { prompt, example }) => {
      const written = Math.min(decoding.maxNewTokens, learnedTokens(example));
      return sum + (prompt.length + example.ids.length) * reading + written * writing;
    }, 0);
}
