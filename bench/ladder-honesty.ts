/**
 * See ladder-honesty.mjs. Of each group of copies and near copies one row takes part, so that sample and rest are drawn
 * alike and no text of the rest was seen. Rungs are the page's; `searched` gives *features only* settings to search, which on
 * the page only rungs that train have: its own choice against a dozen strengths of the plain recipe, which cost little.
 *
 * A sample's figure is held against the score on the rest of what the search would hand out: the rung and settings that it
 * chose, fitted to the whole sample. That is fitted to more rows than a fold is, so a figure that is honest lies a little below.
 */
import { readFile } from 'node:fs/promises';
import type { Row } from '../src/core/data/dataset';
import { groupForSplits } from '../src/core/data/split-groups';
import { createLabelMap } from '../src/core/data/label-map';
import { createRandom, deriveSeed, permutation, shuffle } from '../src/core/random';
import { labelTexts } from '../src/core/recipes/label-text';
import { scoreInterval } from '../src/core/search/table';
import type { SearchedSetting } from '../src/core/settings/search-space';
import type { SettingChoices } from '../src/core/settings/settings';
import { loadModel } from '../src/engine/models/read-model';
import { builtInModel } from '../tests/helpers/models';
import { startBackend } from '../tests/helpers/tf-node';
import type { Drawn, Held } from './honesty-figures';
import { encodeTexts } from './recipe-accuracy';
import { type Found, type ReadSet, searchOn } from './small-search';

export interface Question {
  data: string;
  samples: number;
  /** Of a sample, and of what its figure is held against at the most. */
  rows: number;
  rest: number;
  folds: number;
  /** Number of the first sample. */
  first: number;
  byLot: boolean;
  searched: boolean;
  rungs: string[];
  choices: Partial<SettingChoices>;
  /** Ids of the models; the first is the one that a method which trains changes. */
  encoders: string[];
  maxLength: number;
  /** Folder for what was read; null = nothing is kept. */
  keep: string | null;
  tell(line: string): void;
}

/** The plain recipe at so many strengths: cheap, and alike enough that the best of them is so by chance. */
const SPACE: readonly SearchedSetting[] = [
  { kind: 'among', key: 'recipe', values: ['plain'] },
  { kind: 'among', key: 'headC', values: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000] },
];
/** What the words of a search, or of a run, say of a gain. */
const GAIN = /^Use .*: [\d.,]+ points over|\bgains\b|worth it|real gain|real, but/i;

export { summaryOf } from './honesty-figures';

export async function* measure(question: Question): AsyncGenerator<Drawn> {
  const set = await readSet(question);
  for (let i = 0; i < question.samples; i++) {
    const sample = question.first + i;
    const started = process.cpuUsage();
    const drawn = await drawOne(set, question, sample);
    const { user, system } = process.cpuUsage(started);
    if (drawn) yield { ...drawn, seconds: (user + system) / 1e6 };
    else question.tell(`Sample ${sample} leaves no model.`);
  }
}

async function drawOne(set: ReadSet, question: Question, sample: number): Promise<Omit<Drawn, 'seconds'> | null> {
  const { byLot, rungs, searched, choices, folds } = question;
  const random = createRandom(deriveSeed(sample, 'sample'));
  const order = permutation(set.rows.length, random);
  const own = Array.from(order.slice(0, question.rows)).sort((a, b) => a - b);
  const targets = own.map((at) => set.rows[at]?.target ?? '');
  const found = await searchOn(set, {
    ...{ sample: own, rungs, choices, folds, seed: sample, searched: searched ? SPACE : null },
    targets: byLot ? shuffle(targets, random) : null,
    rest: byLot ? [] : Array.from(order.slice(question.rows, question.rows + question.rest)),
  });
  if (!found) return null;
  const { conclusion, judge, report, alone } = found;
  const { sentence } = found.words;
  return {
    ...{ sample, labels: judge.labels.length, metric: judge.metric },
    ...{ recommended: conclusion.recommended, taken: conclusion.search?.taken === true },
    gains: { search: GAIN.test(sentence) ? sentence : null, alone: GAIN.test(alone) ? alone : null },
    report: heldOf(report, judge.metric),
    accuracy: heldOf(report, 'accuracy'),
    macro: heldOf(report, 'macro_f1'),
    ...(byLot ? { quoted: null, best: null, gain: null } : await againstRest(found)),
  };
}

function heldOf({ cross_validation, test }: Found['report'], metric: 'accuracy' | 'macro_f1'): Held | null {
  const { mean, ci95 } = cross_validation[metric];
  if (!test || !ci95) return null;
  return { figure: mean, ci95: [ci95[0], ci95[1]], rest: metric === 'accuracy' ? test.accuracy : test.macro_avg.f1 };
}

async function againstRest({ conclusion, judge, onRest }: Found): Promise<Pick<Drawn, 'quoted' | 'best' | 'gain'>> {
  const { recommended, candidate, nested, over, gain, standings, search } = conclusion;
  const known = new Map<string, Promise<number>>();
  const restOf = (rung: string, of = 0): Promise<number> => {
    const key = `${rung} ${of}`;
    const score = known.get(key) ?? onRest({ rung, candidate: of });
    known.set(key, score);
    return score;
  };
  const rest = await restOf(recommended, candidate);
  const looks = [
    ...standings.map(({ planned, score }) => ({ rung: planned.rung, candidate: 0, score: score ?? 0 })),
    ...(search?.tried ?? []).flatMap((one) => (one.share === 1 ? [{ rung: recommended, ...one }] : [])),
  ];
  const best = looks.reduce((ahead, next) => (next.score > ahead.score ? next : ahead));
  return {
    quoted: { figure: nested.score, ci95: scoreInterval(judge, nested.folds), rest },
    best: { figure: best.score, rest: await restOf(best.rung, best.candidate) },
    gain:
      over === null || gain === null ? null : { figure: gain.mean, ci95: gain.ci95, rest: rest - (await restOf(over)) },
  };
}

async function readSet({ data, encoders, maxLength, keep, tell }: Question): Promise<ReadSet> {
  await startBackend('wasm');
  const all = await readRows(data);
  const { groups } = groupForSplits(all);
  const known = new Set<number>();
  const rows = all.filter((_, i) => {
    const group = groups[i] ?? 0;
    return !known.has(group) && known.add(group);
  });
  tell(`${all.length} rows, ${rows.length} of them taken, one of each group of copies`);
  const labels = createLabelMap(rows.map(({ target }) => target)).labels;
  const spoken = labelTexts(labels);
  const read = await Promise.all(
    encoders.map((id) =>
      encodeTexts(id, [rows.map(({ text }) => text), spoken.map((text) => text ?? '')], { maxLength, keep, tell }),
    ),
  );
  const model = await loadModel(builtInModel(encoders[0]));
  return {
    ...{ rows, labels, maxLength, model },
    tokenIds: rows.map(({ text }) => model.tokenizer.encode(text, maxLength)),
    encoded: read.flatMap(([ofRows]) => ofRows ?? []),
    names: spoken.every((text) => text === null)
      ? null
      : read.flatMap(([, own]) => (own ? [{ ...own, of: own.of.map((at, i) => (spoken[i] === null ? -1 : at)) }] : [])),
  };
}

async function readRows(path: string): Promise<Row[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, i) => {
    const { text, label }: { text: string; label: string } = JSON.parse(line);
    return { rowId: i, line: i + 1, text, target: label };
  });
}
