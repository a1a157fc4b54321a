/**
 * A plan's estimate, and the refusal of one that cannot fit. Refused before it starts: what a device cannot hold by a
 * count of what a step needs at least (one row at a time), and what it could not hold when it was tried.
 */
import { AppError } from '../../core/errors';
import { stepBytes } from '../../core/models/counts';
import type { MemoryLimits } from '../../core/models/memory-limits';
import { loraConfigOf } from '../../core/models/lora';
import { methodDefinition } from '../../core/settings/methods';
import { formatBytes } from '../../core/words/numbers';
import { type MemorySettings, type PlanEstimate, whatWouldFit } from '../../core/run/estimate';
import type { FeatureStore } from '../../core/run/experiment';
import { readingPart } from '../../core/run/parts';
import { bucketLength } from '../../core/text/batches';
import { adapterSize } from '../adapters/adapter';
import { countsOf, type Encoder } from '../models/encoder';
import { limitsOf } from '../ops/memory-limits';
import { currentPath } from '../ops/path';
import { estimateParts } from './estimate';
import { distinctTexts } from '../frozen/distinct-texts';
import { uncachedTexts } from '../frozen/feature-cache';
import { Prefix } from '../frozen/prefix';
import type { Part } from '../fit/progress';
import type { Measurable } from '../tasks/classification/method';
import { classificationMethod } from '../tasks/classification/registry';
import { warmUp } from './warm-up';
import { workloadOf } from './workload';

/** Measures the plan on this device; `unread` as for `workloadOf`. Null when stopped; throws `plan-too-large`. */
export async function estimatePlan(
  context: Measurable,
  folds: number,
  unread: Unread = nothingRead(context),
  limits: MemoryLimits = limitsOf(currentPath()),
): Promise<{ estimate: PlanEstimate; parts: Part[] } | null> {
  const { model, corpus, settings, pace } = context;
  const counts = countsOf(model);
  const words = model.words?.ids.length ?? model.config.vocabSize;
  const longest = corpus.lengths.reduce((most, length) => Math.max(most, length), 0);
  const needs = (change: Partial<MemorySettings>): MemoryLimits =>
    leastBytes(model, words, { ...settings, ...change }, longest, corpus.labels.length);
  const within = (most: MemoryLimits) => (change: Partial<MemorySettings>) => {
    const { tensor, total } = needs(change);
    return tensor <= most.tensor && total <= most.total;
  };
  const fitting = (most: MemoryLimits): string[] => whatWouldFit(settings, model.config.layers, within(most));
  const refuse = (most: MemoryLimits): AppError => tooLarge(needs({}), most, fitting(most));
  if (!within(limits)({})) throw refuse(limits);

  const startedMs = pace.workedMs;
  const frozen = await frozenOutput(context);
  const loads = workloadOf(corpus, settings, counts, folds, {
    ...frozen,
    unread: unread[0],
    further: context.further.map((other, i) => ({ counts: countsOf(other), unread: unread[i + 1] ?? [] })),
  });
  const measured = await warmUp(context, loads).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'out-of-memory')) throw error;
    // It was tried with as little at once as can be: what takes half of that may fit, nothing more is known.
    throw triedInVain(fitting({ tensor: needs({}).tensor, total: needs({}).total / 2 }));
  });
  if (!measured) return null;
  const parts = estimateParts(loads, measured.speeds);
  const warmUpMs = pace.workedMs - startedMs;
  const estimate: PlanEstimate = {
    totalMs: parts.reduce((sum, { estimateMs }) => sum + estimateMs, warmUpMs),
    bytes: measured.bytes,
    ...(frozen && { frozen: { memory: frozen.memory, disk: frozen.disk } }),
    backend: currentPath().kind === 'webgpu' ? 'webgpu' : 'wasm',
    folds,
    ...(context.further.length > 0 && { reading: readingTimes(context, parts) }),
    epochs: methodDefinition(settings.method).epochs(settings),
  };
  return { estimate, parts };
}

/** For each encoder, the first one's first, the texts that are to be read with it. */
export type Unread = readonly [readonly Int32Array[], ...(readonly Int32Array[])[]];

function nothingRead({ corpus, further }: Measurable): Unread {
  return [corpus.distinct.tokenIds, ...further.map(({ tokenIds }) => distinctTexts(tokenIds).tokenIds)];
}

/** What of the run's texts is not kept of any run before. */
export async function findUnread(
  { corpus, model, modelSha256, further }: Pick<Measurable, 'corpus' | 'model' | 'modelSha256' | 'further'>,
  store: FeatureStore,
): Promise<Unread> {
  const { hiddenSize } = model.config;
  const others: Int32Array[][] = [];
  for (const { tokenIds, config, sha256 } of further) {
    const kept = { store, modelSha256: sha256 };
    others.push(await uncachedTexts(distinctTexts(tokenIds).tokenIds, config.hiddenSize, kept));
  }
  return [await uncachedTexts(corpus.distinct.tokenIds, hiddenSize, { store, modelSha256 }), ...others];
}

function readingTimes(
  { encoderId, further }: Measurable,
  parts: readonly Part[],
): NonNullable<PlanEstimate['reading']> {
  return [encoderId, ...further.map(({ id }) => id)].map((model, i) => {
    return { model, ms: parts.find(({ key }) => key === readingPart(i))?.estimateMs ?? 0 };
  });
}

/** Where the frozen layers' output will be, and what of it is to be computed; null where no layer is frozen. */
async function frozenOutput({ model, corpus, settings, states, modelSha256, prefixBytes }: Measurable) {
  const from = classificationMethod(settings.method).frozenLayers(settings, model.config);
  if (from === 0) return null;
  const help = { store: states, modelSha256, onLog: () => undefined };
  const { missing, memory, disk, without } = await new Prefix(model, corpus, from, prefixBytes).survey(help);
  const unkept = missing.flatMap(({ texts }) =>
    texts.map((text) => corpus.distinct.tokenIds[text] ?? new Int32Array()),
  );
  return { memory, disk, unkept, again: without / (memory + disk + without) };
}

/** Bytes of a step of one row, the longest: its largest tensor, and all of them. */
function leastBytes(
  model: Encoder,
  words: number,
  { method, maxLength, ...rest }: MemorySettings,
  longest: number,
  labels: number,
): MemoryLimits {
  const tokens = bucketLength(Math.min(longest, maxLength));
  const counts = countsOf(model);
  const { layers: trained, adapter } = methodDefinition(method).trained(rest, counts);
  const { family, config } = model;
  const own = adapter ? adapterSize(family.linearModules(config), loraConfigOf(adapter, family.id)) : null;
  const rows = classificationMethod(method).leastRows;
  return {
    tensor: 4 * Math.max(words * counts.hiddenSize, rows * tokens * counts.widestRow),
    total: stepBytes(counts, { batch: rows, tokens }, trained, labels, own).total,
  };
}

function tooLarge(needed: MemoryLimits, given: MemoryLimits, fitting: readonly string[]): AppError {
  const [what, most] =
    needed.total > given.total
      ? [`at least ${formatBytes(needed.total)}`, given.total]
      : [`${formatBytes(needed.tensor)} in one piece`, given.tensor];
  return new AppError(
    'plan-too-large',
    `This plan needs ${what} of this device's memory, which gives about ${formatBytes(most)}. ${adviceOf(fitting, 'would')}`,
    { details: { needed: needed.total, given: Number.isFinite(most) ? most : 0 } },
  );
}

/** How much the device has is not known: only that it was too little. */
function triedInVain(fitting: readonly string[]): AppError {
  return new AppError(
    'plan-too-large',
    'A step of this plan was tried on this device with as few rows at a time as can be, and the memory ran out. ' +
      adviceOf(fitting, 'may'),
  );
}

function adviceOf(fitting: readonly string[], will: 'would' | 'may'): string {
  return fitting.length > 0
    ? `This ${will} fit: ${fitting.join(', or ')}.`
    : 'Choose Features only, close other programs, or use another device.';
}
