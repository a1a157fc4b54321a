/**
 * What must hold of every verdict, over thousands of random runs: each is built from answers drawn at random (often
 * the same in every fold, often perfect, with copies, rows that training has seen, labels that it never saw), as a
 * run of the page would build it, and its words are held against its figures.
 */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { buildReport } from '../../../../src/core/report/build-report';
import type { ReportContext } from '../../../../src/core/report/context';
import { type ClassificationReport, reportSchema } from '../../../../src/core/report/report';
import { reportToCsv } from '../../../../src/core/report/report-csv';
import { reportToMarkdown } from '../../../../src/core/report/report-markdown';
import type { BaselineId } from '../../../../src/core/settings/settings';
import type { FoldOutcome, Predictions } from '../../../../src/core/run/predictions';
import type { ExperimentOutcome } from '../../../../src/core/run/experiment';
import { createRandom, type Random } from '../../../../src/core/random';
import { sampleContext, sampleOutcome, sampleSettings } from '../../../helpers/report-sample';

const RUNS = 800;

interface Drawn {
  report: ClassificationReport;
  words: string;
}

let drawn: Drawn[] = [];

/** Drawn once, by the first test that asks. */
function runs(): Drawn[] {
  if (drawn.length > 0) return drawn;
  const random = createRandom(20_261_127);
  drawn = Array.from({ length: RUNS }, () => {
    const report = randomReport(random);
    return { report, words: [report.verdict.sentence, report.verdict.detail, ...report.verdict.notes].join(' ') };
  });
  return drawn;
}

function each(check: (one: Drawn) => void): void {
  for (const one of runs()) check(one);
}

const metricOf = ({ settings, dataset }: ClassificationReport): 'accuracy' | 'macro_f1' => {
  const counts = dataset.labels.map(({ count }) => count);
  const isUneven = Math.max(...counts) > 10 * Math.max(1, Math.min(...counts));
  return isUneven || settings['class_weight'] === 'balanced' ? 'macro_f1' : 'accuracy';
};

const opponentOf = (report: ClassificationReport) =>
  (report.method === 'features' ? report.comparisons.tfidf_logistic_regression : report.comparisons.features_only)?.[
    metricOf(report)
  ] ?? null;

const minus = (text: string): number => Number(text.replace('−', '-'));

describe('every verdict', () => {
  test('is of a report that the schema takes, and the drawn runs reach every kind of sentence', () => {
    for (const { report } of runs().slice(0, 200)) expect(v.safeParse(reportSchema, report).success).toBe(true);
    const kinds = [
      /Worth it\./,
      /practically equal/,
      /No clear gain/,
      /No gain seen/,
      /Not useful yet/,
      /Too good to be true: .* give it away/,
      /Too good to be true: .* repeat training rows/,
      /On the test part it gets/,
      /Trust neither alone/,
      /may do as well/,
      /macro-F1/,
    ];
    const missing = kinds.filter((kind) => !runs().some(({ report }) => kind.test(report.verdict.sentence)));
    expect(missing).toEqual([]);
  });

  test('has no number that is none, and no interval without width or beyond what shares can be', () => {
    each(({ words }) => {
      expect(words).not.toMatch(/NaN|Infinity|undefined|null|unknown/);
      for (const [, low = '', high = ''] of words.matchAll(/(−?\d+(?:\.\d+)?) to (−?\d+(?:\.\d+)?)/g)) {
        expect(minus(low)).toBeLessThan(minus(high));
        expect(minus(low)).toBeGreaterThanOrEqual(-100);
        expect(minus(high)).toBeLessThanOrEqual(100);
      }
    });
  });

  test('rests on intervals that hold their score and have a width', () => {
    each(({ report }) => {
      const { cross_validation: folds, comparisons, out_of_fold, test: part } = report;
      const scores = [folds.accuracy, folds.macro_f1].map(({ mean, ci95 }) => ({ value: mean, ci95 }));
      const gains = Object.values(comparisons).flatMap((both) =>
        both ? [both.accuracy, both.macro_f1].map(({ mean_difference: value, ci95 }) => ({ value, ci95 })) : [],
      );
      const readings = [out_of_fold, part, part?.unseen].flatMap((reading) =>
        reading
          ? [
              { value: reading.accuracy, ci95: reading.accuracy_ci95 ?? null },
              { value: reading.macro_f1, ci95: reading.macro_f1_ci95 ?? null },
            ]
          : [],
      );
      for (const { value, ci95 } of [...scores, ...gains, ...readings.slice(2)]) {
        if (ci95 === null) throw new Error('an interval is missing');
        expect(ci95[1] - ci95[0]).toBeGreaterThan(0.005);
        expect(ci95[0]).toBeLessThanOrEqual(value + 1e-9);
        expect(ci95[1]).toBeGreaterThanOrEqual(value - 1e-9);
      }
    });
  });

  test('calls it worth it only where the whole interval lies above one point against every simpler method', () => {
    each(({ report, words }) => {
      if (!/worth it/i.test(words)) return;
      const metric = metricOf(report);
      const own = opponentOf(report);
      expect(own?.ci95[0]).toBeGreaterThan(0.01);
      expect(report.comparisons.tfidf_logistic_regression?.[metric].ci95[0] ?? 1).toBeGreaterThan(0.01);
      expect(report.comparisons.majority?.[metric].ci95[0] ?? 1).toBeGreaterThan(0.01);
      expect(report.cross_validation[metric].mean).toBeGreaterThan(report.baselines.majority?.[metric].mean ?? 1);
    });
  });

  test('says gains, loses and equal only of intervals that do', () => {
    each(({ report }) => {
      const { sentence } = report.verdict;
      const own = opponentOf(report);
      if (/ gains \S+ points/.test(sentence)) expect(own?.ci95[0]).toBeGreaterThan(0);
      if (/ loses \S+ points/.test(sentence)) expect(own?.ci95[1]).toBeLessThan(0);
      if (/practically equal/.test(sentence)) expect(own?.p_equivalent).toBeGreaterThanOrEqual(0.95);
      if (/No clear gain|No gain seen/.test(sentence)) {
        expect(own?.ci95[0]).toBeLessThanOrEqual(0);
        expect(own?.ci95[1]).toBeGreaterThanOrEqual(0);
      }
      if (/TF-IDF alone does better/.test(sentence))
        expect(report.comparisons.tfidf_logistic_regression?.[metricOf(report)].ci95[1]).toBeLessThan(0);
      if (/Not useful yet/.test(sentence))
        expect(report.cross_validation[metricOf(report)].mean).toBeLessThanOrEqual(
          report.baselines.majority?.[metricOf(report)].mean ?? 0,
        );
    });
  });

  test('does not claim a gain or a loss by accuracy that the test part clearly denies', () => {
    each(({ report }) => {
      if (metricOf(report) !== 'accuracy' || !/ (?:gains|loses) \S+ points/.test(report.verdict.sentence)) return;
      expect(report.verdict.detail).not.toContain('this contradicts the folds');
    });
  });

  test('counts rows that training has seen apart, and calls only the others never seen', () => {
    each(({ report }) => {
      const { test: part, verdict } = report;
      const told = /on ([\d,]+) rows? it had never seen/i.exec(verdict.detail)?.[1];
      if (!part) {
        expect(told).toBeUndefined();
        return;
      }
      const seen = part.seen?.rows ?? 0;
      if (seen === part.rows) expect(told).toBeUndefined();
      else expect(Number(told)).toBe(part.rows - seen);
      if (seen > 0) expect(verdict.detail).toContain(`but ${seen} of them`);
      if (part.unseen) expect(part.unseen.rows + seen).toBe(part.rows);
    });
  });

  test('tells first of a test part that lies far below the folds', () => {
    each(({ report }) => {
      const { test: part, cross_validation: folds, verdict } = report;
      const fresh = part?.unseen === undefined ? part : part.unseen;
      const low = folds.accuracy.ci95?.[0] ?? 0;
      if (!fresh?.accuracy_ci95 || folds.accuracy.mean - fresh.accuracy < 0.2 || fresh.accuracy_ci95[1] >= low) return;
      expect(verdict.sentence).toMatch(/^On the test part it gets/);
    });
  });

  test('names one interval for one score on page, Markdown and CSV', () => {
    for (const { report } of runs().slice(0, 300)) {
      const markdown = reportToMarkdown(report);
      const csv = reportToCsv(report);
      expect(markdown).not.toMatch(/NaN|Infinity|undefined/);
      expect(csv).not.toMatch(/NaN|Infinity|undefined/);
      const ofFolds = csv.match(/^out of fold,all,ci95_low,(.*)$/m)?.[1];
      expect(Number(ofFolds)).toBe(report.cross_validation.accuracy.ci95?.[0]);
      if (report.test?.unseen) {
        expect(Number(csv.match(/^test without seen rows,all,accuracy,(.*)$/m)?.[1])).toBe(report.test.unseen.accuracy);
        expect(markdown).toContain('Without the rows that training has seen');
      }
    }
  });
});

describe('methods that are equally good', () => {
  test('are told apart by chance in at most 5 of 100 runs, and never called worth it more often than in 2', () => {
    const random = createRandom(7);
    const RUNS_ALIKE = 250;
    const sentences = Array.from({ length: RUNS_ALIKE }, () => alikeReport(random).verdict.sentence);
    const share = (words: RegExp): number => sentences.filter((sentence) => words.test(sentence)).length / RUNS_ALIKE;
    expect(share(/ gains \S+ points/)).toBeLessThanOrEqual(0.05);
    expect(share(/ loses \S+ points/)).toBeLessThanOrEqual(0.05);
    expect(share(/Worth it/)).toBeLessThanOrEqual(0.02);
  });
});

/** Five folds of 40 rows, a third of them copies of others; all methods are right in three of four texts. */
function alikeReport(random: Random): ClassificationReport {
  const [folds, perFold] = [5, 40];
  const texts = Array.from({ length: folds * perFold }, (_, row) => (row % 3 === 2 ? row - 1 : row));
  const truth = Int32Array.from(texts, (text) => text % 2);
  const answer = (): FoldOutcome[] => {
    const of = texts.map(() => random() < 0.75);
    return Array.from({ length: folds }, (_, fold) => {
      const rows = Int32Array.from(texts.keys()).filter((row) => Math.floor(row / perFold) === fold);
      const given = Array.from(rows, (row) => (of[texts[row] ?? 0] ? (truth[row] ?? 0) : 1 - (truth[row] ?? 0)));
      return { fold, ...predicted(rows, given, 2), steps: 1, epochs: 1, bestEpoch: 1, seconds: 1 };
    });
  };
  const base = sampleContext();
  const context: ReportContext = {
    ...base,
    folds,
    rows: {
      labels: ['a', 'b'],
      labelIndices: truth,
      lines: truth.map((_, row) => row + 1),
      texts: texts.map((text) => `text ${text}`),
      groups: Int32Array.from(texts),
    },
    test: null,
  };
  const constant = answer().map((fold) => ({
    ...fold,
    ...predicted(
      fold.rows,
      Array.from(fold.rows, () => 0),
      2,
    ),
  }));
  const baselines = { majority: constant, tfidf_logistic_regression: answer(), features_only: answer() };
  const outcome = sampleOutcome({ folds: answer(), baselines, test: null });
  const report = buildReport(context, outcome, { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] });
  if (!report) throw new Error('no report');
  return report;
}

/** A run of a few rows whose methods are right by their own luck; a third of the runs answer alike in every fold. */
function randomReport(random: Random): ClassificationReport {
  const pick = <T>(...of: [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const labels = ['a', 'b', 'c'].slice(0, pick(2, 2, 3));
  const perFold = pick(3, 6, 12, 12, 40, 80);
  const k = pick(2, 3, 5);
  const rows = perFold * k;
  const rare = pick(0.5, 0.5, 0.1);
  const draw = (): number => (random() < rare ? labels.length - 1 : Math.floor(random() * (labels.length - 1)));
  const alike = random() < 0.33;
  const truth = Int32Array.from({ length: rows }, draw);
  // The same labels in every fold, so that equal answers make equal scores.
  if (alike) truth.forEach((_, row) => (truth[row] = truth[row % perFold] ?? 0));
  const skills: Record<BaselineId | 'own', number> = {
    own: pick(1, 1, 0.95, 0.9, 0.6, 0.2),
    features_only: pick(1, 0.9, 0.7, 0.4),
    tfidf_logistic_regression: pick(1, 0.9, 0.7, 0.3),
    majority: 0,
  };
  const answerTo = (of: Int32Array, known: number, skill: number): number[] =>
    Array.from(of, (label) => (random() < skill && label < known ? label : Math.floor(random() * known)));
  const asFolds = (skill: number, constant: boolean): FoldOutcome[] => {
    const one = answerTo(truth.slice(0, perFold), labels.length, skill);
    const all = answerTo(truth, labels.length, skill);
    return Array.from({ length: k }, (_, fold) => {
      const own = Int32Array.from({ length: perFold }, (_, i) => fold * perFold + i);
      const given = alike ? one : all.slice(fold * perFold, (fold + 1) * perFold);
      const spoken = constant ? given.map(() => 0) : given;
      return { fold, ...predicted(own, spoken, labels.length), steps: 1, epochs: 1, bestEpoch: 1, seconds: 1 };
    });
  };
  const method = pick('features', 'top-layers', 'top-layers');
  const base = sampleContext();
  const copied = random() < 0.3;
  const texts = Array.from(truth, (_, row) => (copied ? `row ${Math.floor(row / 3)}` : `row ${row}`));
  const together = random() < 0.2;
  const groups = Int32Array.from(texts, (_, row) => Math.floor(row / (together ? 6 : copied ? 3 : 1)));
  const counts = labels.map((label, index) => ({ label, count: truth.filter((one) => one === index).length }));
  const context: ReportContext = {
    ...base,
    folds: k,
    settings: { ...sampleSettings, method, classWeight: pick('none', 'none', 'balanced') },
    dataset: { ...base.dataset, labels: counts.sort((a, b) => b.count - a.count) },
    rows: { labels, labelIndices: truth, lines: truth.map((_, i) => i + 1), texts, groups },
    test: null,
    findings: random() < 0.3 ? [{ id: 'template-leak', title: 'Texts of one label differ only in numbers.' }] : [],
  };
  const baselines = {
    majority: asFolds(0, true),
    tfidf_logistic_regression: asFolds(skills.tfidf_logistic_regression, false),
    features_only: method === 'features' ? [] : asFolds(skills.features_only, false),
  };
  const outcome: ExperimentOutcome = sampleOutcome({ folds: asFolds(skills.own, false), baselines, test: null });
  if (random() < 0.7) addTest();
  const report = buildReport(context, outcome, { createdAt: '2026-01-02T03:04:05Z', totalSeconds: 1, curve: [] });
  if (!report) throw new Error('no report');
  return report;

  function addTest(): void {
    const size = pick(1, 5, 20, 100);
    const foreign = random() < 0.2;
    const names = foreign ? [...labels, '1.0'] : labels;
    const labelIndices = Int32Array.from({ length: size }, () => (foreign && random() < 0.7 ? labels.length : draw()));
    const seenShare = pick(0, 0, 0.1, 0.5, 1);
    const seen = Uint8Array.from({ length: size }, () => Number(random() < seenShare));
    context.test = {
      source: 'a file',
      labels: names,
      labelIndices,
      lines: labelIndices.map((_, i) => i + 1),
      texts: Array.from(seen, (_, i) => `test ${copied ? Math.floor(i / 2) : i}`),
      seen,
    };
    const all = Int32Array.from({ length: size }, (_, i) => i);
    const shift = pick(1, 1, 0.3);
    const answered = (skill: number, constant = false): Predictions => {
      const given = answerTo(labelIndices, labels.length, skill).map((answer, i) =>
        seen[i] === 1 && skill > 0.5 ? Math.min(labelIndices[i] ?? 0, labels.length - 1) : answer,
      );
      return predicted(all, constant ? given.map(() => 0) : given, labels.length);
    };
    outcome.test = {
      ...answered(skills.own * shift),
      baselines: {
        majority: answered(0, true),
        tfidf_logistic_regression: answered(skills.tfidf_logistic_regression),
        features_only: answered(skills.features_only * pick(1, 1, 0.5)),
      },
    };
  }
}

/** Answers given with 90 %. */
function predicted(rows: Int32Array, answers: number[], classes: number): Predictions {
  const probabilities = new Float32Array(rows.length * classes).fill(0.1 / Math.max(1, classes - 1));
  answers.forEach((answer, i) => (probabilities[i * classes + answer] = 0.9));
  return { rows, probabilities };
}
