/**
 * The still figures as they are drawn, markup for markup: a change of looks is a diff of tests/ui/charts/golden that
 * one can review. At the edges (equal scores, the widest interval, one text as a label) their geometry must hold.
 */
import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import type { ClassificationReport } from '../../../src/core/report/report';
import ConfusionMatrix from '../../../src/ui/charts/ConfusionMatrix.svelte';
import { foldFigure, gainFigure, methodFigure } from '../../../src/ui/charts/figures';
import FoldDots from '../../../src/ui/charts/FoldDots.svelte';
import IntervalStrip from '../../../src/ui/charts/IntervalStrip.svelte';
import MethodDots from '../../../src/ui/charts/MethodDots.svelte';
import { fold, sampleContext, sampleOutcome } from '../../helpers/report-sample';

function reportOf(outcome = sampleOutcome()): ClassificationReport {
  const report = buildReport(sampleContext(), outcome, { createdAt: '', totalSeconds: 1, curve: [] });
  if (report === null) throw new Error('The sample has folds.');
  return report;
}

/** Every method right in every row. */
function perfectReport(): ClassificationReport {
  const right = [fold(0, [0, 1, 4, 5], [0.1, 0.1, 0.9, 0.9]), fold(1, [2, 3, 6, 7], [0.1, 0.1, 0.9, 0.9])];
  const baselines = { majority: right, tfidf_logistic_regression: right, features_only: right };
  return reportOf(sampleOutcome({ folds: right, baselines }));
}

/** A report of version 0.1 of a run that lost its way: the interval leaves what shares can differ by. */
function lostReport(): ClassificationReport {
  const report = reportOf();
  const both = report.comparisons.features_only;
  if (both === null) throw new Error('The sample has a comparison.');
  const accuracy = { ...both.accuracy, mean_difference: -0.28, ci95: [-3.03, 2.47] as [number, number] };
  return { ...report, comparisons: { ...report.comparisons, features_only: { ...both, accuracy } } };
}

function drawn(report: ClassificationReport): Record<string, string> {
  const [gain, folds, methods] = [
    gainFigure(report, 'accuracy'),
    foldFigure(report, 'accuracy'),
    methodFigure(report, 'accuracy'),
  ];
  if (!gain || !folds || !methods) throw new Error('The sample has figures.');
  const { labels, counts } = report.out_of_fold.confusion_matrix;
  const matrix = { labels, counts, show: 'counts' as const, selected: null, onSelect: () => undefined };
  return {
    'interval-strip': markup(render(IntervalStrip, { props: { figure: gain, unit: 'points of accuracy' } }).body),
    'fold-dots': markup(render(FoldDots, { props: { figure: folds, caption: 'Accuracy by fold' } }).body),
    'method-dots': markup(
      render(MethodDots, { props: { ...methods, caption: 'By method', unit: 'Accuracy, %' } }).body,
    ),
    'confusion-matrix': markup(render(ConfusionMatrix, { props: matrix }).body),
  };
}

/** One tag a line, without what the compiler adds for itself. */
function markup(body: string): string {
  return `${body
    .replace(/<!--.*?-->/g, '')
    .replace(/ ?\bs(?:velte)?-[a-z0-9]{6,}\b/g, '')
    .replace(/></g, '>\n<')
    .trim()}\n`;
}

/** Every place and length of a drawing, in per cent. */
function places(html: string): number[] {
  return [...html.matchAll(/\b(?:x|x1|x2|cx|width)="(-?[\d.]+|NaN|-?Infinity)%"/g)].map(([, value]) => Number(value));
}

describe('the figures of a report', () => {
  test('are drawn as they were', async () => {
    for (const [name, html] of Object.entries(drawn(reportOf()))) {
      await expect(html).toMatchFileSnapshot(`golden/${name}.txt`);
    }
  });

  for (const [name, report] of [
    ['equal scores', perfectReport()],
    ['an interval of version 0.1 beyond 100 points', lostReport()],
  ] as const) {
    test(`stay within their frame with ${name}`, () => {
      for (const html of Object.values(drawn(report))) {
        expect(html).not.toMatch(/NaN|Infinity|undefined/);
        for (const place of places(html)) {
          expect(place).toBeGreaterThanOrEqual(0);
          expect(place).toBeLessThanOrEqual(100);
        }
      }
      const [, low = '', high = ''] =
        /interval (−?\d+\.\d) to (−?\d+\.\d)/.exec(drawn(report)['interval-strip'] ?? '') ?? [];
      expect(low).not.toBe(high);
      for (const end of [low, high]) expect(Math.abs(Number(end.replace('−', '-')))).toBeLessThanOrEqual(100);
    });
  }
});
