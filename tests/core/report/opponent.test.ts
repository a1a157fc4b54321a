import { describe, expect, test } from 'vitest';
import { opponentOf, ownBaseline } from '../../../src/core/report/opponent';
import type { ClassificationReport } from '../../../src/core/report/report';
import { reportToCsv } from '../../../src/core/report/report-csv';
import { reportToMarkdown } from '../../../src/core/report/report-markdown';
import { parseReport } from '../../../src/core/report/parse-report';
import { verdictOf } from '../../../src/core/report/verdict/verdict';
import { METHODS } from '../../../src/core/settings/methods';
import { foldFigure, gainFigure, methodFigure, opponentTitle } from '../../../src/ui/charts/figures';
import { sampleReport } from '../../helpers/report-sample';
import { classificationReport } from '../../helpers/classification-report';

test('a method that is known is measured against whom its line in the registry says', () => {
  const report = sampleReport();
  for (const { id, task, opponent, baseline } of METHODS) {
    if (task !== 'classification') continue;
    expect([opponentOf({ ...report, method: id }), ownBaseline({ ...report, method: id })]).toEqual([
      opponent,
      baseline,
    ]);
  }
});

describe('the report of a method that this build does not know', () => {
  const unknown = (): ClassificationReport => ({
    ...sampleReport(),
    method: 'prompt-search',
    method_title: 'Prompt search',
  });

  test('opens, with its own title, against whom it was compared with', () => {
    const opened = classificationReport(parseReport(JSON.parse(JSON.stringify(unknown()))));
    expect(opened).toEqual(unknown());
    expect([opponentOf(opened), ownBaseline(opened)]).toEqual(['features_only', null]);
    expect(opponentTitle(opened)).toBe('Features only');
    expect(methodFigure(opened, 'accuracy')?.rows.map(({ id, title }) => [id, title])).toEqual([
      ['majority', 'Majority'],
      ['tfidf_logistic_regression', 'TF-IDF + logistic regression'],
      ['features_only', 'Features only'],
      ['own', 'Prompt search, tuned'],
    ]);
    expect(foldFigure(opened, 'macro_f1')?.folds).toHaveLength(2);
    expect(gainFigure(opened, 'accuracy')?.opponent).toBe('Features only');
    for (const text of [reportToMarkdown(opened), reportToCsv(opened)]) {
      expect(text).toMatch(/Prompt search|prompt-search/);
      expect(text).not.toMatch(/undefined|NaN/);
    }
    expect(verdictOf(opened)).toEqual(sampleReport().verdict);
  });

  test('that was not compared with features only is that, and measured against TF-IDF', () => {
    const { features_only: _, ...others } = sampleReport().comparisons;
    const compared = { ...unknown(), comparisons: { ...others, features_only: null } };
    expect([opponentOf(compared), ownBaseline(compared)]).toEqual(['tfidf_logistic_regression', 'features_only']);
  });
});
