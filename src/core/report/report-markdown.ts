/** A report to read and to share, as Markdown. What comes from the data is escaped: it is text, never markup. */
import { fixed, formatAmount, formatCount, formatDuration, formatPercent, formatPoints } from '../words/numbers';
import { BASELINE_WORDS, BASELINES } from '../settings/baselines';
import { quotedInterval } from './figures';
import { ladderSections } from './ladder-markdown';
import { escapeMarkdown, table } from './markdown';
import type { Comparison, McNemarFigures, Reading, ClassificationReport } from './classification';

/** The whole report but its answered rows and its curve, which the JSON holds. */
export function reportToMarkdown(report: ClassificationReport): string {
  const { verdict, test } = report;
  const sections = [
    `# ${escapeMarkdown(report.dataset.name)}: ${escapeMarkdown(report.method_title)}`,
    `**${escapeMarkdown(verdict.sentence)}**`,
    escapeMarkdown(verdict.detail),
    verdict.notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'),
    ...ladderSections(report),
    foldsSection(report),
    simplerSection(report),
    ...(test
      ? [...readingSection(`Test part: ${escapeMarkdown(test.source)}`, test, rowsWords(test)), seenSection(test)]
      : []),
    ...readingSection('Folds together', report.out_of_fold, foldsWords(report)),
    errorsSection(report),
    runSection(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function foldsSection({
  cross_validation: { k, folds, accuracy, macro_f1, interval_method, notes },
}: ClassificationReport): string {
  const lines = folds.map(({ fold, rows, accuracy, macro_f1 }) => [
    String(fold + 1),
    formatCount(rows),
    formatPercent(accuracy),
    formatPercent(macro_f1),
  ]);
  const overall = (score: ClassificationReport['cross_validation']['accuracy']): string =>
    formatPercent(score.mean) + (score.sd === null ? '' : ` ± ${inPoints(score.sd)}`);
  const interval = (score: ClassificationReport['cross_validation']['accuracy']): string =>
    score.ci95 === null ? 'none with one fold' : `${inPoints(score.ci95[0])} to ${inPoints(score.ci95[1])}`;
  return [
    `## ${folds.length < k ? `${folds.length} of ${k}` : k} folds`,
    table(
      ['Fold', 'Rows', 'Accuracy', 'Macro-F1 of the fold'],
      [
        ...lines,
        ['Mean of the folds ± sd', '', overall(accuracy), overall(macro_f1)],
        ['95 % interval of the mean', '', interval(accuracy), interval(macro_f1)],
      ],
    ),
    `Interval: ${escapeMarkdown(interval_method)}.`,
    notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function simplerSection({ baselines, comparisons, cross_validation, method_title }: ClassificationReport): string {
  const line = (name: string, accuracy: string, macroF1: string, gain: string): string[] => [
    name,
    accuracy,
    macroF1,
    gain,
  ];
  const withSd = ({ mean, sd }: { mean: number; sd: number | null }): string =>
    formatPercent(mean) + (sd === null ? '' : ` ± ${inPoints(sd)}`);
  const gain = (comparison: Comparison | undefined): string =>
    comparison === undefined
      ? ''
      : `${formatPoints(comparison.mean_difference)} (${inPoints(comparison.ci95[0])} to ${inPoints(comparison.ci95[1])})`;
  const rows = BASELINES.map((id) => {
    const { title } = BASELINE_WORDS[id];
    const baseline = baselines[id];
    const comparison = id === 'majority' ? null : comparisons[id];
    return baseline === null
      ? line(title, 'not finished', '', '')
      : line(title, withSd(baseline.accuracy), withSd(baseline.macro_f1), gain(comparison?.accuracy));
  });
  const own = line(
    `**${escapeMarkdown(method_title)}, this run**`,
    withSd(cross_validation.accuracy),
    withSd(cross_validation.macro_f1),
    '',
  );
  return [
    '## Against simpler methods on the same folds',
    table(
      ['Method', 'Accuracy', 'Macro-F1, mean of the folds', 'This run gains (95 % interval), points of accuracy'],
      [...rows, own],
    ),
  ].join('\n\n');
}

/** `interval`: what the interval of the accuracy rests on. */
function readingSection(title: string, reading: Reading, interval: string): string[] {
  const scores = (name: string, { precision, recall, f1, support }: Omit<Reading['per_class'][number], 'label'>) => [
    name,
    fixed(precision, 3),
    fixed(recall, 3),
    fixed(f1, 3),
    formatCount(support),
  ];
  const { labels, counts } = reading.confusion_matrix;
  const [low, high] = quotedInterval(reading);
  const balanced =
    reading.balanced_accuracy === null ? [] : [`balanced accuracy ${fixed(reading.balanced_accuracy, 3)}`];
  return [
    `## ${title}`,
    `${formatCount(reading.right)} of ${formatAmount(reading.rows, 'row')} right: ${formatPercent(reading.accuracy)}, ` +
      `95 % interval ${inPoints(low)} to ${inPoints(high)} (${interval}). ` +
      [
        `Macro-F1 of all these rows together ${fixed(reading.macro_f1, 3)}`,
        ...balanced,
        `Matthews ${fixed(reading.matthews_corrcoef, 3)}`,
        `log loss ${fixed(reading.log_loss, 3)}`,
        `Brier ${fixed(reading.brier, 3)}`,
        `calibration error ${fixed(reading.ece, 3)}`,
      ].join(', ') +
      '.',
    table(
      ['Label', 'precision', 'recall', 'f1-score', 'support'],
      [
        ...reading.per_class.map(({ label, ...rest }) => scores(escapeMarkdown(label), rest)),
        scores('macro avg', reading.macro_avg),
        scores('weighted avg', reading.weighted_avg),
      ],
    ),
    // A table of a hundred columns is no use to anyone; the JSON and CSV have it.
    labels.length > 20
      ? ''
      : table(
          ['true ＼ predicted', ...labels.map(escapeMarkdown)],
          labels.map((label, row) => [
            escapeMarkdown(label),
            ...labels.map((_, column) => String(counts[row]?.[column] ?? 0)),
          ]),
        ),
  ];
}

function rowsWords({ rows, different_texts: texts }: Pick<Reading, 'rows' | 'different_texts'>): string {
  return texts === undefined || texts === rows
    ? 'Wilson'
    : `Wilson; ${formatAmount(texts, 'different text')}, copies count once`;
}

function foldsWords({ cross_validation: { accuracy }, out_of_fold }: ClassificationReport): string {
  // Reports of version 0.1 gave Wilson's interval here.
  if (accuracy.ci95 === null || out_of_fold.accuracy_ci95 === undefined) return rowsWords(out_of_fold);
  return accuracy.ci95_from === 'rows' ? rowsWords(out_of_fold) : 'over the folds';
}

/** The test part without the rows that training has seen. */
function seenSection({ seen, unseen, rows }: NonNullable<ClassificationReport['test']>): string {
  if (!seen) return '';
  const one = seen.rows === 1;
  const known = one ? 'repeats a training row or belongs with one' : 'repeat training rows or belong with them';
  const right = one
    ? `it was ${seen.right === 1 ? 'right' : 'wrong'}`
    : `of those ${formatAmount(seen.right, 'was', 'were')} right`;
  const found = `${formatCount(seen.rows)} of ${formatAmount(rows, 'row')} ${known}; ${right}.`;
  const title = '### Without the rows that training has seen';
  if (!unseen) return [title, `${found} No row is left without them.`].join('\n\n');
  const [low, high] = unseen.accuracy_ci95;
  const line = (
    name: string,
    scores: { accuracy: number; macro_f1: number },
    paired: McNemarFigures | null,
  ): string[] => [
    name,
    formatPercent(scores.accuracy),
    formatPercent(scores.macro_f1),
    paired ? `${formatCount(paired.only_tuned_right)} and ${formatCount(paired.only_base_right)}` : '',
    paired ? fixed(paired.p_two_sided, 3) : '',
  ];
  const measured = (name: string, scores: Parameters<typeof line>[1] | null, paired: McNemarFigures | null) =>
    scores === null ? [] : [line(name, scores, paired)];
  const { baselines, mcnemar, mcnemar_tfidf } = unseen;
  return [
    title,
    `${found} On the other ${formatAmount(unseen.rows, 'row')} ${formatCount(unseen.right)} were right: ` +
      `${formatPercent(unseen.accuracy)}, 95 % interval ${inPoints(low)} to ${inPoints(high)} (${rowsWords(unseen)}).`,
    table(
      ['Method', 'Accuracy', 'Macro-F1', 'This run fixes and breaks, rows', 'McNemar p'],
      [
        ...measured(BASELINE_WORDS.majority.title, baselines.majority, null),
        ...measured(BASELINE_WORDS.tfidf_logistic_regression.title, baselines.tfidf_logistic_regression, mcnemar_tfidf),
        ...measured(BASELINE_WORDS.features_only.title, baselines.features_only, mcnemar),
        line('**This run**', unseen, null),
      ],
    ),
  ].join('\n\n');
}

function errorsSection({ errors }: ClassificationReport): string {
  if (errors.length === 0) return '';
  const shown = errors.slice(0, 20);
  return [
    '## Surest mistakes',
    table(
      ['Part', 'Line', 'Text', 'Label', 'Answer', 'Sure'],
      shown.map(({ part, line, text, label, predicted, confidence }) => [
        part,
        formatCount(line),
        escapeMarkdown(text.length > 160 ? `${text.slice(0, 160)}…` : text),
        escapeMarkdown(label),
        escapeMarkdown(predicted),
        formatPercent(confidence),
      ]),
    ),
  ].join('\n\n');
}

function runSection(report: ClassificationReport): string {
  const { dataset, model, device, timings, final_model } = report;
  const settings = Object.entries(report.settings).map(([name, value]) => `${name} ${value}`);
  const lines: [string, string][] = [
    [
      'Data',
      `${dataset.name}, version ${dataset.version}: ${formatAmount(dataset.rows, 'row')}, ${formatAmount(dataset.classes, 'label')}`,
    ],
    [
      'Used',
      `${formatCount(dataset.training_rows)} rows in folds, ${formatCount(dataset.test_rows)} in the test part; ${formatCount(dataset.cut_rows)} cut at the token limit, ${formatCount(dataset.left_out_rows)} left out`,
    ],
    ['Data fingerprint', dataset.sha256],
    ['Model', `${model.title} (${model.id}), ${model.licence}`],
    ['Model fingerprint', model.sha256],
    ['Trained', `${formatCount(model.trained_parameters)} of ${formatCount(model.parameters)} values`],
    ['Method', `${report.method_title} (${report.method})`],
    ['Settings', settings.join(', ')],
    ...recipeLines(report),
    ['Kept model', final_model?.note ?? 'none'],
    ['Device', `${device.name}, ${report.backend}${device.software ? ', in software' : ''}; ${device.browser}`],
    [
      'Time',
      `${formatDuration(timings.total * 1000)}, of it folds ${formatDuration(timings.folds * 1000)}, baselines ${formatDuration(timings.baselines * 1000)}`,
    ],
    ['Finished', report.created_at],
  ];
  return [
    '## What was run',
    table(
      ['', ''],
      lines.map(([name, value]) => [name, escapeMarkdown(value)]),
    ),
  ].join('\n\n');
}

/** What *features only* was given, and what the plain recipe would have come to. */
function recipeLines({ recipes }: ClassificationReport): [string, string][] {
  if (!recipes) return [];
  const { encoders, final, folds, plain, plain_test } = recipes;
  const chosen = final ?? folds[0];
  const onTest = plain_test ? `, ${formatPercent(plain_test.accuracy)} of the test part` : '';
  return [
    ['Encoders', encoders.map(({ title, sha256 }) => `${title} (${sha256.slice(0, 8)}…)`).join(', ')],
    ['Recipe of features only', `${chosen?.how ?? ''}: ${chosen?.recipes.join('; ') ?? ''}`],
    ['Plain recipe', `${formatPercent(plain.accuracy)} of the folds${onTest}`],
  ];
}

const inPoints = (share: number): string => fixed(share * 100, 1);
