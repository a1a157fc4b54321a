import { expect, test } from 'vitest';
import { buildReport } from '../../../src/core/report/build-report';
import { predictionsToCsv, predictionsToJsonl, reportToCsv } from '../../../src/core/report/report-csv';
import { sampleContext, sampleOutcome } from '../../helpers/report-sample';

function build(texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], labels = ['ham', 'spam']) {
  const context = sampleContext();
  const rows = { ...context.rows, texts, labels };
  const outcome = sampleOutcome({ test: null });
  const report = buildReport({ ...context, rows, test: null }, outcome, { createdAt: '', totalSeconds: 1, curve: [] });
  if (!report) throw new Error('no report');
  return report;
}

test('every line has four cells, and every figure of the report is one of them', () => {
  const lines = reportToCsv(build()).split('\r\n').slice(0, -1);
  expect(lines[0]).toBe('part,item,metric,value');
  expect(lines).toContain('fold,1,accuracy,0.75');
  expect(lines).toContain('folds,accuracy,mean,0.875');
  expect(lines).toContain('baseline features_only,accuracy,mean,0.75');
  expect(lines).toContain('against features_only,accuracy,mean_difference,0.125');
  expect(lines).toContain('out of fold confusion,spam,predicted ham,1');
  expect(lines).toContain('settings,top-layers,n_epochs,4');
});

test('no cell that comes from the data can run as a formula', () => {
  const csv = reportToCsv(build(undefined, ['=HYPERLINK("x")', '@sum']));
  expect(csv).toContain('"\'=HYPERLINK(""x"")"');
  expect(csv).not.toMatch(/(^|,)"?[=@]/m);
});

test('the answered rows are a table of their own, quotes and line breaks kept', () => {
  const csv = predictionsToCsv(build(['say "hi",\nnow', '-1+1', 'c', 'd', 'e', 'f', 'g', 'h']));
  const lines = csv.split('\r\n');
  expect(lines[0]).toBe('part,fold,line,label,predicted,confidence,p: ham,p: spam,text');
  expect(lines[1]).toMatch(/^folds,1,2,ham,ham,0\.8999\d*,0\.9,0\.1,"say ""hi"",\nnow"$/);
  expect(lines[2]).toMatch(/,'-1\+1$/);
});

/** The lines of some parts, of a test part whose first row repeats a training row and whose last two are copies. */
function linesOf(parts: RegExp, texts = ['A!', 'q', 'r', 'R.']): string[] {
  const context = sampleContext();
  const part = context.test && { ...context.test, texts };
  const ending = { createdAt: '2026', totalSeconds: 1, curve: [] };
  const report = buildReport({ ...context, test: part }, sampleOutcome(), ending);
  if (!report) throw new Error('no report');
  return reportToCsv(report)
    .split('\r\n')
    .filter((line) => parts.test(line));
}

test('the run, its folds and what it is compared with', () => {
  expect(linesOf(/^run,/).slice(1)).toEqual([
    'run,mail,status,complete',
    'run,mail,created_at,2026',
    'run,mail,method,top-layers',
    'run,mail,model,tiny',
    'run,mail,backend,wasm',
    'run,mail,seed,42',
    `run,mail,dataset_sha256,${'ab'.repeat(32)}`,
    'run,mail,rows,12',
    'run,mail,classes,2',
  ]);
  expect(linesOf(/^fold,2,/)).toEqual(['fold,2,rows,4', 'fold,2,accuracy,1', 'fold,2,macro_f1,1', 'fold,2,seconds,2']);
  expect(linesOf(/^folds,.*,mean,/).map((line) => line.split(',')[1])).toEqual(['accuracy', 'macro_f1']);
  expect(linesOf(/^folds,accuracy,/).slice(2)).toEqual([
    'folds,accuracy,ci95_low,0',
    'folds,accuracy,ci95_high,1',
    'folds,accuracy,ci95_from,folds',
  ]);
  expect(linesOf(/^baseline tfidf_logistic_regression,accuracy/)).toEqual([
    'baseline tfidf_logistic_regression,accuracy,mean,0.5',
    'baseline tfidf_logistic_regression,accuracy,sd,0',
  ]);
  expect(linesOf(/^against majority,accuracy,(mean|ci95)/)).toEqual([
    'against majority,accuracy,mean_difference,0.375',
    'against majority,accuracy,ci95_low,-1',
    'against majority,accuracy,ci95_high,1',
    'against majority,accuracy,ci95_from,folds',
  ]);
  expect(linesOf(/^against majority,accuracy,p_/)).toHaveLength(1);
});

test('the test part: its readings, simpler methods on the same rows, and the rows that training has seen apart', () => {
  expect(linesOf(/^test,all,(rows|right|accuracy|different_texts)/)).toEqual([
    'test,all,rows,4',
    'test,all,right,3',
    'test,all,accuracy,0.75',
    'test,all,different_texts,3',
  ]);
  expect(linesOf(/^test label,spam,(recall|support)/)).toEqual([
    'test label,spam,recall,1',
    'test label,spam,support,2',
  ]);
  expect(linesOf(/^test average,macro,(recall|support)/)).toEqual([
    'test average,macro,recall,0.75',
    'test average,macro,support,4',
  ]);
  expect(linesOf(/^test average,weighted,(recall|support)/)).toEqual([
    'test average,weighted,recall,0.75',
    'test average,weighted,support,4',
  ]);
  expect(linesOf(/^test confusion,/)).toEqual([
    'test confusion,ham,predicted ham,1',
    'test confusion,ham,predicted spam,1',
    'test confusion,spam,predicted ham,0',
    'test confusion,spam,predicted spam,2',
  ]);
  expect(linesOf(/^test baseline,features_only,/)[0]).toBe('test baseline,features_only,accuracy,0.5');
  expect(linesOf(/^test McNemar,.*only_(tuned|base)_right/)).toEqual([
    'test McNemar,features_only,only_tuned_right,1',
    'test McNemar,features_only,only_base_right,0',
    'test McNemar,tfidf_logistic_regression,only_tuned_right,2',
    'test McNemar,tfidf_logistic_regression,only_base_right,1',
  ]);
  expect(linesOf(/^test seen/)).toEqual(['test seen in training,all,rows,1', 'test seen in training,all,right,1']);
  const unseen = linesOf(/^test without seen rows,all/);
  expect(unseen.map((line) => line.split(',')[2])).toEqual([
    ...['rows', 'right', 'accuracy', 'ci95_low', 'ci95_high', 'macro_f1', 'different_texts'],
  ]);
  const ends = unseen.slice(3, 5).map((line) => Number(line.split(',')[3]));
  expect(ends[0]).toBeCloseTo(0.148, 3);
  expect(ends[1]).toBeCloseTo(0.9584, 3);
  expect(linesOf(/^test without seen rows baseline,majority,accuracy/)).toHaveLength(1);
  expect(linesOf(/^test without seen rows McNemar,tfidf.*only_base/)).toEqual([
    'test without seen rows McNemar,tfidf_logistic_regression,only_base_right,1',
  ]);
  // Nothing is left where all were seen.
  expect(linesOf(/^test without/, ['a', 'b', 'c', 'd'])).toEqual([]);
  expect(linesOf(/^test seen/, ['a', 'b', 'c', 'd'])).toHaveLength(2);
  expect(linesOf(/^test seen/, ['p', 'q', 'r', 's'])).toEqual([]);
});

test('answered rows of the test part have no fold', () => {
  const report = buildReport(sampleContext(), sampleOutcome(), { createdAt: '', totalSeconds: 1, curve: [] });
  if (!report) throw new Error('no report');
  const lines = predictionsToCsv(report).split('\r\n');
  expect(lines).toHaveLength(1 + 8 + 4 + 1);
  expect(lines[9]).toMatch(/^test,,10,ham,ham,0\.8999\d*,0\.9,0\.1,p$/);
  expect(lines[10]).toMatch(/^test,,11,ham,spam,0\.8999\d*,0\.1,0\.9,q$/);
});

test('as lines of JSON every row has the probability of each label by its name, whatever it is called', () => {
  const lines = predictionsToJsonl(build(undefined, ['__proto__', 'spam']))
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(8);
  const [first = ''] = lines;
  expect(first).toMatch(
    /^\{"part":"folds","line":2,"label":"__proto__","predicted":"__proto__","confidence":0\.8999\d*,"fold":1,/,
  );
  const { probabilities }: { probabilities: object } = JSON.parse(first);
  expect(Object.entries(probabilities)).toEqual([
    ['__proto__', 0.9],
    ['spam', 0.1],
  ]);
});

test('a report without probabilities has the rest', () => {
  const report = build();
  for (const answer of report.out_of_fold.predictions) delete answer.probabilities;
  expect(predictionsToCsv(report).split('\r\n')[0]).toBe('part,fold,line,label,predicted,confidence,text');
  expect(predictionsToJsonl(report)).not.toContain('probabilities');
});

test('the surest errors say them once, beside the answer itself', () => {
  const { errors, out_of_fold: folds } = build();
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.every((error) => !('probabilities' in error))).toBe(true);
  expect(folds.predictions.every(({ probabilities }) => probabilities?.length === 2)).toBe(true);
});
