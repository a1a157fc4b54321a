/** What a finished search has in its report, small enough to be read: five rungs, of which the fourth is to be used. */
import type { LadderSection, SearchSection } from '../../src/core/report/ladder-schema';

type Row = LadderSection['rungs'][number];

function row(rung: string, title: string, more: Partial<Row>): Row {
  return {
    ...{ rung, title, note: '', state: 'done', why: null, seen: 'all 3 folds', whole: true, score: null, ci95: null },
    ...{ gain: null, over: null, best: null, beside: null, scores: [], share: 1, settings: null, model: true },
    ...{ seconds: 0, cost: 60, planned: 30 },
    ...more,
  };
}

function difference(points: number, reach = 1): { mean: number; ci95: [number, number] } {
  return { mean: points / 100, ci95: [(points - reach) / 100, (points + reach) / 100] };
}

/** Label names far behind, word counts, features, top layers to be used, everything dropped on a quarter of the rows. */
export function sampleLadder(change: Partial<LadderSection> = {}): LadderSection {
  const folds = (scores: number[], before: number[] | null): Row['scores'] =>
    scores.map((score, fold) => ({ fold, rows: 40, score, before: before?.[fold] ?? null, seconds: 4 }));
  const features = [0.9, 0.91, 0.92];
  return {
    ...{ budget: 600, folds: 3, metric: 'accuracy', leads: 'top-layers', seconds: 95 },
    ...{ recommended: 'top-layers', over: 'features', gain: difference(1.7, 1.4), score: 0.927 },
    ...{ chosen: ['top-layers', 'top-layers', 'features'], stopped: false },
    rungs: [
      row('label_names', 'Label names', {
        ...{ model: false, score: 0.7, ci95: [0.68, 0.72], best: difference(-22.9), beside: difference(-22.7) },
        ...{ scores: folds([0.7, 0.7, 0.7], null), seconds: 2, cost: 5 },
      }),
      row('tfidf_logistic_regression', 'TF-IDF + logistic regression', {
        ...{ model: false, score: 0.865, ci95: [0.84, 0.89], gain: difference(16.5), over: 'label_names' },
        ...{ best: difference(-6.4), beside: difference(-6.2), seconds: 3, cost: 6 },
      }),
      row('features', 'Features only', {
        ...{ score: 0.91, ci95: [0.89, 0.93], gain: difference(4.5), over: 'tfidf_logistic_regression' },
        ...{ best: difference(-1.9), beside: difference(-1.7, 1.4), scores: folds(features, [0.86, 0.86, 0.87]) },
        ...{ seconds: 8, cost: 20, settings: { C: 10 } },
      }),
      row('top-layers', 'Top layers', {
        ...{ score: 0.929, ci95: [0.91, 0.95], gain: difference(1.9), over: 'features', seconds: 30, cost: 90 },
        ...{ scores: folds([0.92, 0.93, 0.937], features), settings: { learning_rate: 5e-5, n_epochs: 4 } },
      }),
      row('full', 'Everything', {
        ...{ state: 'dropped', why: 'on a quarter of the rows a gain of one point is out of reach', whole: false },
        ...{ seen: 'a quarter of the rows', share: 0.25, score: 0.9, ci95: [0.86, 0.94], seconds: 12, cost: 200 },
        ...{ gain: difference(0.2, 0.7), over: 'top-layers', best: difference(0.2, 0.7), beside: difference(0.2, 0.7) },
        ...{ scores: folds([0.9, 0.89, 0.91], [0.9, 0.89, 0.9]), planned: 100 },
      }),
    ],
    ...change,
  };
}

/** Three settings of top layers; none is proved better than auto. */
export function sampleTried(): SearchSection {
  const auto = { learning_rate: 5e-5, n_epochs: 4 };
  return {
    ...{ rung: 'top-layers', score: 0.934, gain: difference(0.3), taken: false },
    tried: [
      { auto: true, settings: auto, share: 1, score: 0.929, best: false },
      { auto: false, settings: { ...auto, n_epochs: 6 }, share: 1, score: 0.934, best: true },
      { auto: false, settings: { ...auto, learning_rate: 1e-4 }, share: 0.25, score: 0.88, best: false },
    ],
  };
}
