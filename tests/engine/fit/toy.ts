/**
 * A toy experiment: a tiny random BERT and rows whose label shows in two of their tokens.
 */
import {
  type Checkpoints,
  type FinalPiece,
  type FitState,
  type FoldPiece,
  type KeptWork,
  NO_CHECKPOINTS,
} from '../../../src/core/run/checkpoint';
import { AppError } from '../../../src/core/errors';
import type {
  ExperimentData,
  ExperimentObserver,
  ExperimentOutcome,
  FeatureStore,
  RunControl,
  StatePiece,
  StatePlace,
  StateStore,
} from '../../../src/core/run/experiment';
import { type Head, isOfRecipes, type TrainedModel } from '../../../src/core/run/trained-model';
import type { CurvePoint } from '../../../src/core/run/record';
import { autoChoices, resolveSettings } from '../../../src/core/settings/defaults';
import { factsOf } from '../../../src/core/settings/facts';
import type { Method, SettingChoices } from '../../../src/core/settings/settings';
import { createRandom } from '../../../src/core/random';
import { makeFolds } from '../../../src/core/data/folds';
import type { Encoder } from '../../../src/engine/models/encoder';
import type { Model } from '../../../src/engine/models/read-model';
import { NO_GUARD } from '../../../src/engine/device/guard';
import { type AskedEncoder, openKeptModels } from '../../../src/engine/tasks/classification/evaluate';
import { createCorpus } from '../../../src/engine/tasks/classification/corpus';
import type { ExperimentInput } from '../../../src/engine/run/experiment';
import type { FitTask } from '../../../src/engine/fit/learner';
import type { TaskContext } from '../../../src/engine/tasks/classification/method';
import { Pace } from '../../../src/engine/fit/pace';
import { Progress } from '../../../src/engine/fit/progress';
import { tinyConfig, tinyEncoder, tinyWeights } from '../../helpers/tiny-bert';

const LABELS = ['a', 'b', 'c'];

/** `rows` rows of three labels; every text is of its own. */
export function toyData(rows: number, seed = 1): ExperimentData {
  const random = createRandom(seed);
  const labelIndices = Int32Array.from({ length: rows }, (_, i) => i % LABELS.length);
  const tokenIds = Array.from(labelIndices, (label) => {
    const noise = Array.from({ length: 2 + Math.floor(random() * 5) }, () => 10 + Math.floor(random() * 29));
    return Int32Array.from([1, 3 + label, 6 + label, ...noise, 3 + label, 6 + label, 2]);
  });
  return {
    labels: LABELS,
    lines: labelIndices.map((_, i) => i + 1),
    texts: tokenIds.map((ids) => Array.from(ids, (id) => `word${id}`).join(' ')),
    labelIndices,
    groups: Int32Array.from(labelIndices.keys()),
    tokenIds,
    cutRows: 0,
  };
}

/** The tiny model; nothing but config and weights is read from it while training. */
export function toyModel(seed = 5): Model {
  const unused = (): never => {
    throw new Error('Training must not ask for this.');
  };
  return {
    ...tinyEncoder(tinyWeights(seed)),
    get manifest() {
      return unused();
    },
    get tokenizer() {
      return unused();
    },
  };
}

export const CONTINUE: RunControl = { checkpoint: () => Promise.resolve('continue') };

/** Answers `at` after so many looks, `continue` before. */
export function stopAfter(looks: number): RunControl & { looks(): number } {
  let seen = 0;
  return { checkpoint: () => Promise.resolve(++seen > looks ? 'stop' : 'continue'), looks: () => seen };
}

export const SILENT: ExperimentObserver = {
  onProgress: () => undefined,
  onPoint: () => undefined,
  onFold: () => undefined,
  onLog: () => undefined,
};

export class MemoryStore implements FeatureStore {
  readonly kept = new Map<string, StatePiece>();
  get(key: string): Promise<StatePiece | null> {
    return Promise.resolve(this.kept.get(key) ?? null);
  }
  put(key: string, values: StatePiece): Promise<void> {
    this.kept.set(key, values);
    return Promise.resolve();
  }
}

/** Blocks in memory; `most` bytes of them, of which `room` may be told too much of. */
export class MemoryStates implements StateStore {
  readonly blocks = new Map<string, StatePiece[]>();
  /** Pieces asked for at each reading. */
  readonly reads: number[] = [];
  constructor(
    readonly most = Infinity,
    readonly told = most,
  ) {}
  get bytes(): number {
    return [...this.blocks.values()].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
  room(): Promise<number> {
    return Promise.resolve(this.told - this.bytes);
  }
  claim(key: string): Promise<boolean> {
    return Promise.resolve(this.blocks.has(key));
  }
  get(key: string): Promise<StatePiece[] | null> {
    return Promise.resolve(this.blocks.get(key) ?? null);
  }
  put(key: string, pieces: readonly StatePiece[]): Promise<void> {
    const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.bytes + bytes > this.most) return Promise.reject(new AppError('storage-full', 'The disk is full.'));
    this.blocks.set(key, structuredClone([...pieces]));
    return Promise.resolve();
  }
  read(places: readonly StatePlace[]): Promise<(StatePiece | null)[]> {
    this.reads.push(places.length);
    return Promise.resolve(places.map(({ block, piece }) => this.blocks.get(block)?.[piece] ?? null));
  }
}

/** A whole input with learning rates that suit a model this small. */
export function toyInput(
  method: Method,
  model: Encoder,
  { rows = 60, test = 0, folds = 3, choices = {}, data = toyData(rows) }: ToyOptions = {},
): ExperimentInput {
  const evaluation = { folds, test: { kind: 'none' as const } };
  const labels = LABELS.map((label) => ({ label, count: data.labelIndices.length / LABELS.length }));
  const facts = factsOf({ rowCount: data.labelIndices.length, labels }, null, {
    backend: 'wasm',
    evaluation,
    limit: 0,
    model: { layers: tinyConfig.layers, maxTokens: tinyConfig.maxPositions },
  });
  const fast = {
    nEpochs: 12,
    batchSize: 8,
    learningRate: 0.004,
    headLearningRate: 0.02,
    layers: 1,
    dropout: 0,
    maxSteps: 40,
    recipe: 'plain' as const,
  };
  const { settings } = resolveSettings(method, { ...autoChoices(), ...fast, ...choices }, facts);
  const { foldOf } = makeFolds(data.labelIndices, data.groups, folds, settings.seed);
  return {
    data,
    plan: { settings, evaluation, foldOf, folds },
    testData: test > 0 ? toyData(test, 99) : null,
    model,
    features: new MemoryStore(),
    modelSha256: 'toy',
    modelId: 'toy',
    observer: SILENT,
    control: CONTINUE,
  };
}

export interface ToyOptions {
  rows?: number;
  test?: number;
  folds?: number;
  choices?: Partial<SettingChoices>;
  data?: ExperimentData;
}

/** What the parts of such a run share, for a fit on its own. */
export function toyContext(input: ExperimentInput): TaskContext {
  const { data, testData, plan, observer, control, guard = NO_GUARD, checkpoints = NO_CHECKPOINTS } = input;
  const { model, features, states, prefixBytes, modelSha256, modelId: encoderId, names = [], further = [] } = input;
  const pace = new Pace(control, guard);
  const progress = new Progress(observer, pace, []);
  const corpus = createCorpus(data, testData);
  const kits = { observer, guard, checkpoints, features, states, prefixBytes, modelSha256, encoderId, names, further };
  return { model, corpus, settings: plan.settings, pace, progress, ...kits };
}

/** The first fold's task, or what is left of it; `watch` rows at the end are those that it is scored on. */
export function firstFold({ corpus }: TaskContext, state: FitState | null = null, watch = 0): FitTask {
  const task = { fold: 0, part: 'fold 0', epochs: null, keepWhenStopped: false, state };
  const learned = corpus.trainRows.length - watch;
  const rows = corpus.trainRows.subarray(0, learned);
  return watch === 0 ? { ...task, rows } : { ...task, rows, watch: corpus.trainRows.subarray(learned) };
}

/** Remembers what a run tells, and at every checkpoint all that would be on the disk then. */
export class Notebook {
  readonly points: CurvePoint[] = [];
  readonly folds: FoldPiece[] = [];
  readonly finals: FinalPiece[] = [];
  readonly log: string[] = [];
  readonly pages: { kept: KeptWork; points: CurvePoint[] }[] = [];
  #fallback: TrainedModel | null = null;
  featuresSeconds = 0;
  readonly observer: ExperimentObserver = {
    onProgress: () => undefined,
    onFeatures: (seconds) => void (this.featuresSeconds = seconds),
    onPoint: (point) => this.points.push(point),
    onFold: (piece, model) => {
      this.folds.push(piece);
      this.#fallback = model;
    },
    onBaseline: (piece) => this.folds.push(piece),
    onBaselineFinal: (piece) => this.finals.push(piece),
    onLog: (message) => this.log.push(message),
  };
  readonly checkpoints: Checkpoints;

  /** `due`: when a checkpoint is wanted; at every turn, unless told otherwise. */
  constructor(due: Checkpoints['due'] = () => true) {
    this.checkpoints = {
      due,
      save: (state) => {
        this.pages.push({ kept: structuredClone(this.keep([state])), points: [...this.points] });
        return Promise.resolve();
      },
    };
  }

  /** What an interruption would leave now. */
  keep(fits: FitState[] = []): KeptWork {
    const fallback = this.#fallback;
    const { folds, finals, featuresSeconds } = this;
    return { folds: [...folds], finals: [...finals], fallback, fits, workedMs: 60_000, featuresSeconds };
  }
}

/** An outcome without what a clock says. */
export function timeless(outcome: ExperimentOutcome): unknown {
  const { timings: _, folds, baselines, recipes, ...rest } = outcome;
  const still = (of: typeof folds) => of.map((fold) => ({ ...fold, seconds: 0 }));
  const chosen = recipes && { ...recipes, plain: still(recipes.plain) };
  return { ...rest, folds: still(folds), baselines: Object.values(baselines).map(still), recipes: chosen };
}

/** How many 32-bit words differ between the arrays within two values; Infinity when anything else does. */
export function differingBits(a: unknown, b: unknown): number {
  if (a instanceof Float32Array && b instanceof Float32Array && a.length === b.length) {
    const [words, others] = [new Uint32Array(a.slice().buffer), new Uint32Array(b.slice().buffer)];
    return words.reduce((sum, word, i) => sum + (word === others[i] ? 0 : 1), 0);
  }
  const [inner, outer] = [partsOf(a), partsOf(b)];
  if (inner === null || outer === null) return Object.is(a, b) ? 0 : Infinity;
  if (inner.length !== outer.length) return Infinity;
  return inner.reduce((sum, [key, value], i) => {
    const [otherKey, otherValue] = outer[i] ?? [];
    return sum + (key === otherKey ? differingBits(value, otherValue) : Infinity);
  }, 0);
}

/** What an object is made of; null for what is one thing. */
function partsOf(value: unknown): [unknown, unknown][] | null {
  if (typeof value !== 'object' || value === null) return null;
  return value instanceof Map ? [...value] : Object.entries(value);
}

/** Kept models of one encoder, asked by token ids alone. */
export function openOf(
  encoder: Encoder,
  models: readonly TrainedModel[],
  wordsOf?: NonNullable<AskedEncoder['wordsOf']>,
) {
  const { predict, dispose } = openKeptModels([{ id: 'toy', encoder, ...(wordsOf && { wordsOf }) }], models, {
    first: 'toy',
  });
  return {
    predict: (tokenIds: readonly Int32Array[], options?: Parameters<typeof predict>[1]) =>
      predict({ texts: tokenIds.map((ids) => ids.join()), tokenIds: [tokenIds] }, options),
    dispose,
  };
}

/** The head of a model that has a linear one. */
export function linearOf(model: TrainedModel | null | undefined): Head {
  if (!model || isOfRecipes(model.head)) throw new Error('There is no linear head.');
  return model.head;
}
