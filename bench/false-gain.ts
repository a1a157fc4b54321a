/** See false-gain.mjs. */
import { fitLogisticRegression, predictProba } from '../src/core/baselines/logistic-regression';
import { majorityProbabilities } from '../src/core/baselines/majority';
import { fitTfIdf, transformTfIdf } from '../src/core/baselines/tf-idf';
import { chooseRecipeSteps } from '../src/core/recipes/choose';
import type { EncodedRows } from '../src/core/recipes/encoded-rows';
import { fitRecipesSteps } from '../src/core/recipes/fit';
import { answerRecipes } from '../src/core/recipes/model';
import type { Row } from '../src/core/data/dataset';
import { makeFolds } from '../src/core/data/folds';
import { groupForSplits } from '../src/core/data/split-groups';
import { countLabels } from '../src/core/data/task';
import { partRows } from '../src/core/settings/test-part';
import { buildReport } from '../src/core/report/build-report';
import type { ReportContext } from '../src/core/report/context';
import type { BaselineId } from '../src/core/settings/settings';
import type { FoldOutcome, Predictions } from '../src/core/run/predictions';
import { emptyOutcome } from '../src/core/run/outcome';
import { autoChoices, resolveSettings } from '../src/core/settings/defaults';
import { factsOf } from '../src/core/settings/facts';
import type { Method } from '../src/core/settings/settings';
import { createRandom, type Random } from '../src/core/random';

interface Question {
  sets: number;
  rows: number;
  /** False: every row is a group of its own. */
  grouped: boolean;
  /** Features only chooses among recipes on stand-ins of two encoders. */
  recipes: boolean;
  tell(line: string): void;
}

interface Answer {
  sets: number;
  rows: number;
  grouped: boolean;
  /** Verdicts that find a gain, of `sets`, by method. */
  gains: Record<'features' | 'top-layers', number>;
  /** Mean accuracy of the method in the folds, where a coin gives 0.5. */
  accuracy: Record<'features' | 'top-layers', number>;
  /** The sentences that find one. */
  sentences: string[];
}

const FOLDS = 5;
const LABELS = ['no', 'yes'];
/** «gains 3.1 points over …», whatever follows, counts as one. */
const GAIN = /\bgains\b|worth it|real gain|real, but/i;

export function falseGains({ sets, rows, grouped, recipes, tell }: Question): Answer {
  const answer: Answer = {
    ...{ sets, rows, grouped },
    gains: { features: 0, 'top-layers': 0 },
    accuracy: { features: 0, 'top-layers': 0 },
    sentences: [],
  };
  for (let set = 0; set < sets; set++) {
    const data = rowsByLot(rows, createRandom(1000 + set));
    for (const method of ['features', 'top-layers'] as const) {
      const report = judge(data, method, { grouped, recipes }, set);
      if (!report) throw new Error(`Set ${set} gave no report`);
      const { sentence } = report.verdict;
      answer.accuracy[method] += report.cross_validation.accuracy.mean / sets;
      if (!GAIN.test(sentence)) continue;
      answer.gains[method] += 1;
      answer.sentences.push(sentence);
    }
    if ((set + 1) % 10 === 0) tell(`${set + 1} of ${sets} sets: ${JSON.stringify(answer.gains)}`);
  }
  return answer;
}

const WORDS = Array.from({ length: 400 }, (_, i) => {
  const letters = 'bdfgklmnprstvz';
  return `${letters[i % 14]}${'aeiou'[i % 5]}${letters[(i * 3 + 1) % 14]}${'ouiea'[(i >> 3) % 5]}${letters[(i * 5 + 2) % 14]}`;
});

/** Half the rows are texts of their own; the others copies and near copies (numbers, one word of many) of a source. The label is drawn for the source. */
function rowsByLot(count: number, random: Random): Row[] {
  const word = (): string => WORDS[Math.floor(random() * WORDS.length)] ?? '';
  const found: Row[] = [];
  while (found.length < count) {
    const target = LABELS[random() < 0.5 ? 0 : 1] ?? '';
    const words = Array.from({ length: 12 }, word);
    const size = random() < 0.75 ? 1 : 2 + Math.floor(random() * 4);
    for (let i = 0; i < size && found.length < count; i++) {
      const own = i % 3 === 2 ? words.with(Math.floor(random() * words.length), word()) : words;
      const text = i % 3 === 1 ? own.join(' ') : `${own.join(' ')} ${Math.floor(random() * 1e5)}`;
      found.push({ rowId: found.length, line: found.length + 1, text, target });
    }
  }
  return found;
}

function judge(
  rows: readonly Row[],
  method: Method,
  { grouped: isGrouped, recipes }: Pick<Question, 'grouped' | 'recipes'>,
  seed: number,
) {
  const own = Int32Array.from(rows.keys());
  const groups = isGrouped ? groupForSplits(rows).groups : own;
  const labelIndices = Int32Array.from(rows, ({ target }) => LABELS.indexOf(target));
  const test = { kind: 'hold-out' as const, share: 0.2 };
  const parts = partRows({ rows, labelIndices, groups, test, seed, labelNames: LABELS });
  const held = parts.test?.rows ?? Int32Array.of();
  const at = (values: Int32Array, of: Int32Array): Int32Array => of.map((row) => values[row] ?? 0);
  const labelled = (of: Int32Array) => ({
    labels: LABELS,
    labelIndices: at(labelIndices, of),
    lines: of.map((row) => rows[row]?.line ?? 0),
    texts: Array.from(of, (row) => rows[row]?.text ?? ''),
    groups: at(groups, of),
  });
  const training = labelled(parts.training);
  const testRows = labelled(held);
  const { foldOf, folds } = makeFolds(training.labelIndices, training.groups, FOLDS, seed, LABELS);
  const outcome = emptyOutcome();
  for (let fold = 0; fold < folds; fold++) {
    const numbers = Int32Array.from(foldOf.keys());
    const fit = numbers.filter((row) => foldOf[row] !== fold);
    const asked = numbers.filter((row) => foldOf[row] === fold);
    const texts = Array.from(fit, (row) => training.texts[row] ?? '');
    const answers = answersBy(
      texts,
      at(training.labelIndices, fit),
      Array.from(asked, (row) => training.texts[row] ?? ''),
      recipes ? at(training.groups, fit) : null,
    );
    const piece = (probabilities: Float32Array): FoldOutcome => ({
      ...{ fold, rows: asked, probabilities },
      ...{ steps: 1, epochs: 1, bestEpoch: null, seconds: 0 },
    });
    outcome.folds.push(piece(answers[method === 'features' ? 'features_only' : 'tuned']));
    for (const id of BASELINES) outcome.baselines[id].push(piece(answers[id]));
  }
  const final = answersBy(training.texts, training.labelIndices, testRows.texts, recipes ? training.groups : null);
  const all = Int32Array.from(held.keys());
  const onTest = (probabilities: Float32Array): Predictions => ({ rows: all, probabilities });
  outcome.test = {
    ...onTest(final[method === 'features' ? 'features_only' : 'tuned']),
    baselines: {
      majority: onTest(final.majority),
      tfidf_logistic_regression: onTest(final.tfidf_logistic_regression),
      features_only: onTest(final.features_only),
    },
  };
  outcome.complete = true;
  outcome.finalFit = true;
  const context = contextOf(rows, method, training, { ...testRows, source: 'held out' });
  return buildReport(context, outcome, { createdAt: '2026-01-01T00:00:00Z', totalSeconds: 1, curve: [] });
}

const BASELINES: readonly BaselineId[] = ['majority', 'tfidf_logistic_regression', 'features_only'];

/** Probabilities [texts asked, 2] of every learner. */
function answersBy(
  texts: string[],
  labels: Int32Array,
  asked: string[],
  /** Of the texts, where a recipe is chosen for features only. */
  groups: Int32Array | null,
): Record<BaselineId | 'tuned', Float32Array> {
  const fit = (form: (text: string) => string, c: number): Float32Array => {
    const words = fitTfIdf(texts.map(form));
    const model = fitLogisticRegression(transformTfIdf(words, texts.map(form)), labels, LABELS.length, { c });
    return predictProba(model, transformTfIdf(words, asked.map(form)));
  };
  return {
    majority: majorityProbabilities(labels, LABELS.length, asked.length),
    tfidf_logistic_regression: fit((text) => text, 10),
    features_only: groups ? byRecipes(texts, labels, groups, asked) : fit((text) => pieces(text, 2), 10),
    tuned: fit((text) => pieces(text, 3), 100),
  };
}

/** What a choice among recipes answers, on stand-ins of encoders: pieces of letters, of three lengths for three layers, hashed. */
function byRecipes(texts: string[], labels: Int32Array, groups: Int32Array, asked: string[]): Float32Array {
  const all = [...texts, ...asked];
  const encode = (of: readonly string[], shift: number): EncodedRows => ({
    means: { encoder: `stand-in ${shift}`, hiddenSize: HIDDEN, layers: 3, values: hashed(of, shift) },
    of: Int32Array.from(of.keys()),
  });
  const corpus = {
    ...{ texts: all, labels, groups, classes: LABELS.length },
    encoded: [encode(all, 0), encode(all, 1)],
    names: [encode(LABELS, 0), encode(LABELS, 1)],
  };
  const task = { corpus, rows: Int32Array.from(texts.keys()), seed: 1 };
  const model = ended(fitRecipesSteps(task, ended(chooseRecipeSteps(task))));
  return answerRecipes(
    model,
    corpus.encoded,
    all,
    Int32Array.from(asked, (_, i) => texts.length + i),
  );
}

const HIDDEN = 64;

function hashed(texts: readonly string[], shift: number): Float32Array {
  const values = new Float32Array(texts.length * 3 * HIDDEN);
  texts.forEach((text, row) => {
    for (let layer = 0; layer < 3; layer++) {
      for (const piece of pieces(text, 2 + layer + shift).split(' ')) {
        let hash = 7 + shift;
        for (let i = 0; i < piece.length; i++) hash = Math.imul(hash ^ piece.charCodeAt(i), 16_777_619);
        const at = (3 * row + layer) * HIDDEN + ((hash >>> 8) % HIDDEN);
        values[at] = (values[at] ?? 0) + ((hash & 1) === 0 ? 1 : -1);
      }
    }
  });
  return values;
}

/** What a generator comes to. */
function ended<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A text as its pieces of `size` letters, so that the counting of words counts those. */
function pieces(text: string, size: number): string {
  const joined = text.replaceAll(' ', '_');
  return Array.from({ length: Math.max(1, joined.length - size + 1) }, (_, i) => joined.slice(i, i + size)).join(' ');
}

function contextOf(
  rows: readonly Row[],
  method: Method,
  training: ReportContext['rows'],
  test: NonNullable<ReportContext['test']>,
): ReportContext {
  const labels = countLabels(rows);
  const facts = factsOf({ rowCount: rows.length, labels }, null, {
    ...{ backend: 'wasm', limit: 0 },
    evaluation: { folds: FOLDS, test: { kind: 'hold-out', share: 0.2 } },
    model: { layers: 6, maxTokens: 256 },
  });
  return {
    dataset: {
      ...{ name: 'by lot', version: 1, rows: rows.length, labels, sha256: '0'.repeat(64) },
      ...{ leftOutRows: 0, groupedRows: 0, cutRows: 0 },
    },
    model: { id: 'stand-in', title: 'Stand-in', sha256: '0'.repeat(64), parameters: 1, licence: 'none' },
    settings: resolveSettings(method, autoChoices(), facts).settings,
    folds: FOLDS,
    backend: 'wasm',
    device: { name: 'Node', software: false, browser: 'Node' },
    rows: training,
    test,
    notes: [],
  };
}
