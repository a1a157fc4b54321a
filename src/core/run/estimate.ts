/** What a plan takes on a device, measured there before it starts, in figures and in words. */
import { encoderTitle } from '../models/encoders';
import { formatAbout, formatAmount, formatBytes, formatDuration } from '../words/numbers';
import { type MeasuredRungs, planLadder } from '../search/plan';
import type { MethodDefinition, TrainedSettings } from '../settings/method';
import { methodDefinition, METHODS } from '../settings/methods';
import type { Backend, Settings } from '../settings/settings';

export interface PlanEstimate {
  /** Of the whole plan, warm-up included; early stopping may end sooner. */
  totalMs: number;
  /** The most memory of the device that a step takes, the model included; of all threads that share it. */
  bytes: number;
  /** Bytes of the frozen layers' output besides, in memory and, where that is too little, on the disk; absent without. */
  frozen?: { memory: number; disk: number };
  backend: Backend;
  folds: number;
  /** Null where a method has no epochs. */
  epochs: number | null;
  /** Of a search: what every rung takes. */
  rungs?: MeasuredRungs;
  /** Of written answers: held-out rows that are answered, in each way there is. */
  answers?: number;
  /** Where several encoders read: the id of each model, and how long its texts take. */
  reading?: { model: string; ms: number }[];
}

/** Of a search, all rungs whole. */
export function estimateOfRungs(rungs: MeasuredRungs, backend: Backend): PlanEstimate {
  const { costs, folds } = rungs;
  return {
    totalMs: planLadder({ ...rungs, budgetMs: null }).allMs,
    bytes: Math.max(0, ...costs.map(({ bytes }) => bytes)),
    ...{ backend, folds, epochs: null, rungs },
  };
}

/** «About 12 min on this device, measured: 3 folds × 4 epochs + final fit; 310 MB of GPU memory». */
export function estimateWords({ totalMs, bytes, frozen, backend, rungs, ...plan }: PlanEstimate): string {
  if (rungs) return `Measured on this device: all rungs whole take ${formatDuration(totalMs)}`;
  const { folds, epochs, answers, reading } = plan;
  const passes = epochs === null ? '' : ` × ${formatAmount(epochs, 'epoch')}`;
  // With one part held out, what is tested is what is kept.
  const work = folds === 1 ? `one training${passes}` : `${formatAmount(folds, 'fold')}${passes} + final fit`;
  const asked = answers === undefined ? '' : `, ${formatAmount(answers, 'held-out row')} answered in three ways`;
  const memory = `${formatBytes(bytes)} of ${backend === 'webgpu' ? 'GPU memory' : 'memory'}`;
  const disk = frozen && frozen.disk > 0 ? ` and ${formatBytes(frozen.disk)} of disk` : '';
  const kept = frozen ? `, and for the frozen layers’ output ${formatBytes(frozen.memory)} of memory${disk}` : '';
  const read = reading?.map(({ model, ms }) => `reading with ${encoderTitle(model)} ${formatDuration(ms)}, `) ?? [];
  return `${formatAbout(totalMs)} on this device, measured: ${read.join('')}${work}${asked}; ${memory}${kept}`;
}

/** The settings that decide how much memory a step takes. */
export type MemorySettings = Pick<Settings, 'batchSize' | 'maxLength' | 'method'> & TrainedSettings;

const LENGTHS = [256, 128, 64, 32];

/**
 * What would fit, each change by itself, in words: the largest smaller batch, the most layers, the longest texts that
 * `fits` says yes to. Empty when none of them alone is enough.
 */
export function whatWouldFit(
  { batchSize, layers, maxLength, method }: MemorySettings,
  modelLayers: number,
  fits: (change: Partial<MemorySettings>) => boolean,
): string[] {
  const words: string[] = [];
  for (let smaller = Math.floor(batchSize / 2); smaller >= 1; smaller = Math.floor(smaller / 2)) {
    if (!fits({ batchSize: smaller })) continue;
    words.push(`a batch size of ${smaller}`);
    break;
  }
  const takesLayers = ({ settings }: MethodDefinition): boolean => settings.includes('layers');
  const most = takesLayers(methodDefinition(method)) ? layers : modelLayers;
  const byLayers = METHODS.find(takesLayers);
  for (let fewer = most - 1; byLayers && fewer >= 1; fewer--) {
    if (!fits({ method: byLayers.id, layers: fewer })) continue;
    words.push(`${byLayers.title} with ${formatAmount(fewer, 'layer')}`);
    break;
  }
  const shorter = LENGTHS.find((length) => length < maxLength && fits({ maxLength: length }));
  if (shorter !== undefined) words.push(`texts cut at ${shorter} tokens`);
  return words;
}
