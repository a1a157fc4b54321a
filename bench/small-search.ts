/**
 * A search for what works on some rows of a set whose texts were read before: the page's own search, conclusion and report,
 * in Node. It sees its rows alone; all the others are what its figure is held against afterwards.
 */
import { buildReport } from '../src/core/report/build-report';
import { argmaxRows } from '../src/core/metrics/probabilistic';
import type { ReportContext } from '../src/core/report/context';
import { type SearchReport, searchReport } from '../src/core/report/ladder';
import { searchJudge } from '../src/core/report/search-judge';
import type { Row } from '../src/core/data/dataset';
import { createLabelMap } from '../src/core/data/label-map';
import { makeFolds } from '../src/core/data/folds';
import { groupForSplits } from '../src/core/data/split-groups';
import { countLabels } from '../src/core/data/task';
import { deriveSeed } from '../src/core/random';
import type { EncodedRows, RecipeCorpus } from '../src/core/recipes/encoded-rows';
import { NO_CHECKPOINTS } from '../src/core/run/checkpoint';
import type { ExperimentData } from '../src/core/run/experiment';
import { concludedPieces } from '../src/core/run/search-pieces';
import { type Judge, scoreOf } from '../src/core/search/answers';
import { type LadderOutcome, ladderOutcome } from '../src/core/search/outcome';
import { planLadder } from '../src/core/search/plan';
import type { Rung } from '../src/core/search/rung';
import { ladderTable } from '../src/core/search/table';
import type { Trial } from '../src/core/search/trials';
import { autoChoices, resolveSettings } from '../src/core/settings/defaults';
import { factsOf } from '../src/core/settings/facts';
import { methodDefinition } from '../src/core/settings/methods';
import type { SearchedSetting } from '../src/core/settings/search-space';
import type { SettingChoices, Settings } from '../src/core/settings/settings';
import { tallyTokens } from '../src/core/text/token-tally';
import { NO_GUARD } from '../src/engine/device/guard';
import { Pace } from '../src/engine/fit/pace';
import type { Model } from '../src/engine/models/read-model';
import { type EvaluationContext, learnerOf, quietly } from '../src/engine/run/evaluate';
import { runExperiment } from '../src/engine/run/experiment';
import { type Climbed, climbLadder } from '../src/engine/run/ladder';
import { tfIdfLearner } from '../src/engine/tasks/classification/baselines';
import { createCorpus } from '../src/engine/tasks/classification/corpus';
import { namesLearner } from '../src/engine/tasks/classification/names-only';
import { noisesOf, withNoise } from '../src/worker/run-noise';
import { rungsFor } from '../src/worker/run-search';

/** A set, read. */
export interface ReadSet {
  rows: readonly Row[];
  /** [rows] cut at `maxLength`. */
  tokenIds: readonly Int32Array[];
  maxLength: number;
  model: Model;
  /** One per encoder, of all rows, and of the names of `labels`; null where no label says something. */
  encoded: readonly EncodedRows[];
  labels: readonly string[];
  names: readonly EncodedRows[] | null;
}

export interface SmallSearch {
  /** Rows of the set. */
  sample: readonly number[];
  /** Their labels, where those are not the rows' own. */
  targets: readonly string[] | null;
  /** Rows that the figures are held against; none where there is nothing to hold against. */
  rest: readonly number[];
  rungs: readonly string[];
  /** What is searched of *features only*, which on the page has nothing to search; null: no rung's settings are searched. */
  searched: readonly SearchedSetting[] | null;
  choices: Partial<SettingChoices>;
  folds: number;
  seed: number;
}

/** What a search came to, and how to ask what of it would have done on the rest. */
export interface Found {
  conclusion: LadderOutcome;
  judge: Judge;
  words: SearchReport['words'];
  report: NonNullable<ReturnType<typeof buildReport>>;
  /** Without the words of the search: what a run of the rung to use alone would say. */
  alone: string;
  /** The judge's score of a trial that is fitted to the whole sample, on the rest. */
  onRest(trial: Pick<Trial, 'rung' | 'candidate'>): Promise<number>;
}

const nothing = (): void => undefined;
const OBSERVER = { onProgress: nothing, onPoint: nothing, onFold: nothing, onLog: nothing };
const CONTINUE = { checkpoint: () => Promise.resolve('continue' as const) };
const NO_STORE = { get: () => Promise.resolve(null), put: () => Promise.resolve() };

/** Null where no rung that leaves a model could be done. Without a limit of time: every rung gets all its folds. */
export async function searchOn(set: ReadSet, asked: SmallSearch): Promise<Found | null> {
  const { seed, rest } = asked;
  const rows = asked.sample.flatMap((at, i) => {
    const row = set.rows[at];
    return row ? [{ ...row, target: asked.targets?.[i] ?? row.target }] : [];
  });
  const { labels } = createLabelMap(rows.map(({ target }) => target));
  const others = rest.flatMap((at) => set.rows[at] ?? []);
  const unseen = createLabelMap(others.map(({ target }) => target)).labels.filter((label) => !labels.includes(label));
  const plain = asData(set, asked.sample, rows, labels, groupForSplits(rows).groups);
  const testData = asData(set, rest, others, [...labels, ...unseen], Int32Array.from(rest));
  const { foldOf, folds } = makeFolds(plain.labelIndices, plain.groups, asked.folds, deriveSeed(seed, 'folds'), labels);
  const evaluation = { folds: asked.folds, test: { kind: 'none' as const } };
  const model = { layers: set.model.config.layers, maxTokens: set.model.manifest.card.maxTokens };
  const facts = factsOf(
    { rowCount: rows.length, labels: countLabels(rows) },
    tallyTokens(plain.tokenIds.map(({ length }) => length)),
    { ...{ backend: 'wasm', limit: 0, evaluation, model } },
  );
  const choices = { ...autoChoices(), ...asked.choices, maxLength: set.maxLength, seed };
  const shared = resolveSettings('features', choices, facts).settings;
  const own = rungsFor({ choices, search: { budgetMs: null, measured: null, rungs: asked.rungs } }, shared, {
    ...{ facts, model },
  });
  const spaceOf = (rung: Rung): Rung['searched'] =>
    asked.searched === null ? [] : rung.id === 'features' ? asked.searched : rung.searched;
  const rungs = own.rungs.map((rung) => ({ ...rung, searched: spaceOf(rung) }));
  const noises = noisesOf(
    Object.values(own.settings),
    rungs.flatMap((rung) => rung.searched),
  );
  const data = await withNoise(plain, noises, shared, set.model.tokenizer, new AbortController().signal);
  const settingsOf = ({ id }: Pick<Rung, 'id'>): Settings => own.settings[id] ?? shared;
  const context = contextOf(rows, shared, { folds, data, testData: rest.length > 0 ? testData : null }, set);
  const judge = searchJudge(context);
  const plan = planLadder({
    // In the order in which they stand, each dearer than the one before.
    costs: rungs.map(({ id, title, work }, i) => ({
      ...{ rung: id, title, foldMs: 10 ** i, finalMs: 10 ** i, bytes: 0, atOnce: 1, unfit: null, reads: false },
      model: work.kind === 'method',
    })),
    ...{ folds, rows: rows.length, labels: labels.length, readMs: 0, budgetMs: null, memoryBytes: null },
  });
  const around = evaluationContext(set, data, null, shared, readOf(set, asked.sample, data, labels));
  const climbed = await climbLadder(around, { plan, rungs, settingsOf, split: { foldOf, folds }, judge, readMs: 0 });
  const { seen, searched, pieces } = climbed;
  const conclusion = ladderOutcome(plan, judge, seen, searched);
  if (!conclusion) return null;

  const read = readOf(set, [...asked.sample, ...rest], data, labels);
  const { recommended: rung, candidate } = conclusion;
  const { settings } = climbed.fitOf({ rung, candidate, share: 1 });
  const { named, nested } = concludedPieces({ plan, rungs }, conclusion, pieces);
  const outcome = nested(
    await runExperiment({
      ...{ data, testData: rest.length > 0 ? testData : null, read, model: set.model, features: NO_STORE },
      ...{ modelSha256: set.model.manifest.sha256, modelId: set.model.manifest.id, observer: OBSERVER },
      control: CONTINUE,
      plan: { settings, evaluation, foldOf, folds },
      kept: { folds: named, finals: [], fits: [], fallback: null, workedMs: 0, featuresSeconds: 0 },
    }),
  );
  const table = ladderTable({ plan, judge, seen, readMs: 0 }, rungs);
  const known = { plan, judge, rungs, settings: own.settings, table, conclusion, stopped: false, fitted: true };
  const found = searchReport({ ...known, encoders: [context.model.title] });
  const ended = { ...context, settings };
  const ending = { createdAt: '2026-01-01T00:00:00Z', totalSeconds: 1, curve: [] };
  const report = buildReport(ended, outcome, ending, found);
  const alone = buildReport(ended, outcome, ending);
  if (!report || !alone) throw new Error('The search gave no report.');
  const scored = restScores(report, judge, conclusion, rungs);
  const truth = { ...judge, truth: testData.labelIndices, labels: testData.labels };
  return {
    ...{ conclusion, judge, report, words: found.words, alone: alone.verdict.sentence },
    async onRest(trial) {
      const score = scored.get(`${trial.rung} ${trial.candidate}`);
      if (score !== undefined) return score;
      return scoreOnRest(evaluationContext(set, data, testData, shared, read), trial, { rungs, climbed, truth, folds });
    },
  };
}

/** What a report has of the rest: of the rung to use, and of the rungs that are its baselines. */
function restScores(
  { test }: Found['report'],
  { metric }: Judge,
  { recommended, candidate }: LadderOutcome,
  rungs: readonly Rung[],
): Map<string, number> {
  if (!test) return new Map();
  const own = metric === 'accuracy' ? test.accuracy : test.macro_avg.f1;
  const others = rungs.flatMap(({ id, work }): [string, number][] => {
    if (id === recommended || work.kind === 'names') return [];
    const baseline = work.kind === 'baseline' ? work.id : methodDefinition(work.method).baseline;
    const scores = baseline && test.baselines[baseline];
    return scores ? [[`${id} 0`, scores[metric]]] : [];
  });
  return new Map([[`${recommended} ${candidate}`, own], ...others]);
}

async function scoreOnRest(
  context: EvaluationContext,
  { rung: id, candidate }: Pick<Trial, 'rung' | 'candidate'>,
  { rungs, climbed, truth, folds }: { rungs: readonly Rung[]; climbed: Climbed; truth: Judge; folds: number },
): Promise<number> {
  const work = rungs.find((rung) => rung.id === id)?.work;
  const { settings } = climbed.fitOf({ rung: id, candidate, share: 1 });
  const method = work?.kind === 'method' ? learnerOf(context, settings) : null;
  await method?.prepare();
  const learner = method ?? (work?.kind === 'names' ? namesLearner(context.read) : tfIdfLearner(context));
  const { trainRows, testRows } = context.corpus;
  const task = { rows: trainRows, fold: folds, part: 'final', epochs: null, keepWhenStopped: false, state: null };
  const fit = await learner.fit(task);
  const probabilities = await fit?.predict(testRows);
  fit?.dispose();
  if (!probabilities) throw new Error(`${id} gave no answers.`);
  const answers = argmaxRows(probabilities, context.corpus.labels.length);
  return scoreOf(truth, { fold: 0, rows: Int32Array.from(testRows.keys()), answers });
}

/** Rows of the set as a run has them: `targets` in the place of their labels. */
function asData(
  { tokenIds }: ReadSet,
  of: readonly number[],
  rows: readonly Row[],
  labels: readonly string[],
  groups: Int32Array,
): ExperimentData {
  return {
    ...{ labels: [...labels], groups, cutRows: 0 },
    lines: Int32Array.from(rows, ({ line }) => line),
    texts: rows.map(({ text }) => text),
    labelIndices: Int32Array.from(rows, ({ target }) => labels.indexOf(target)),
    tokenIds: of.map((at) => tokenIds[at] ?? new Int32Array()),
  };
}

/** What the encoders made of these rows, the sample's first. */
function readOf(
  set: ReadSet,
  of: readonly number[],
  { labelIndices, groups }: ExperimentData,
  labels: readonly string[],
): RecipeCorpus {
  const places = labels.map((label) => set.labels.indexOf(label));
  const names = (set.names ?? []).map((own) => ({ ...own, of: Int32Array.from(places, (at) => own.of[at] ?? -1) }));
  return {
    encoded: set.encoded.map((own) => ({ means: own.means, of: Int32Array.from(of, (at) => own.of[at] ?? 0) })),
    texts: of.map((at) => set.rows[at]?.text ?? ''),
    ...{ labels: labelIndices, groups, classes: labels.length },
    names: names.some((own) => own.of.some((at) => at >= 0)) ? names : [],
  };
}

function evaluationContext(
  { model }: ReadSet,
  data: ExperimentData,
  testData: ExperimentData | null,
  settings: Settings,
  read: RecipeCorpus,
): EvaluationContext {
  const progress = { report: nothing, take: nothing, finish: nothing, expect: nothing };
  return quietly({
    ...{ model, settings, read, progress, guard: NO_GUARD, checkpoints: NO_CHECKPOINTS, features: NO_STORE },
    ...{ modelSha256: model.manifest.sha256, encoderId: model.manifest.id, names: [], further: [] },
    observer: OBSERVER,
    pace: new Pace(CONTINUE),
    corpus: createCorpus(data, testData),
  });
}

function contextOf(
  rows: readonly Row[],
  settings: Settings,
  { folds, data, testData }: { folds: number; data: ExperimentData; testData: ExperimentData | null },
  { model: { manifest } }: ReadSet,
): ReportContext {
  const { id, title, sha256, card } = manifest;
  return {
    dataset: {
      ...{ name: 'a sample', version: 1, rows: rows.length, labels: countLabels(rows), sha256: '0'.repeat(64) },
      ...{ leftOutRows: 0, groupedRows: 0, cutRows: 0 },
    },
    model: { id, title, sha256, parameters: card.parameters, licence: card.licence || 'none' },
    ...{ settings, folds, backend: 'wasm', notes: [] },
    device: { name: 'Node', software: false, browser: 'Node' },
    rows: data,
    test: testData && { ...testData, source: 'the other rows' },
  };
}
