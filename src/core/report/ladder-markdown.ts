/** The sections of a search in the Markdown of its report: what each rung bought, the settings tried, where the time went. */
import { metricDefinition } from '../metrics/registry';
import { stateWords } from '../search/row-words';
import { lower } from '../words/title';
import { formatCount, formatDuration, formatPoints } from '../words/numbers';
import type { ClassificationReport } from './classification';
import { settingWords, shareWords } from './ladder-words';
import { escapeMarkdown, table } from './markdown';
import { timeParts, timeWords } from './search-times';

/** Empty of a report of one method by hand. */
export function ladderSections(report: ClassificationReport): string[] {
  const { ladder, search } = report;
  if (!ladder) return [];
  return [rungsSection(ladder), ...(search ? [triedSection(ladder, search)] : []), timesSection(report)];
}

type Ladder = NonNullable<ClassificationReport['ladder']>;

function rungsSection({ rungs, metric, folds, recommended, kept, budget }: Ladder): string {
  const { title, bare } = metricDefinition(metric);
  const lines = rungs.map((row) => {
    const { word, note } = stateWords(row, true);
    const marks = [
      ...(row.rung === recommended ? ['recommended'] : []),
      // Of an earlier build, which could keep another than it recommended.
      ...(kept && row.rung === kept ? ['kept'] : []),
    ];
    const name = escapeMarkdown(row.title);
    return [
      marks.length > 0 ? `**${name}** (${marks.join(', ')})` : name,
      row.seen ?? '',
      row.score === null ? '' : bare(row.score),
      row.ci95 === null ? '' : `${bare(row.ci95[0])} to ${bare(row.ci95[1])}`,
      row.gain === null ? '' : interval(row.gain),
      row.beside ? interval(row.beside) : '',
      row.seconds === 0 ? '' : formatDuration(1000 * row.seconds),
      escapeMarkdown(note === '' ? word : `${word}: ${note}`),
    ];
  });
  const within = budget === null ? 'No limit of time' : `At most ${formatDuration(1000 * budget)}`;
  return [
    '## What each rung bought',
    `${within}, ${formatCount(folds)} folds, the same for all. Gain is over the best rung above it that has all its folds; ` +
      'the next column is over the recommended rung, its choice made without each fold. Both are paired, on the same folds and rows.',
    table(
      [
        ...['Rung', 'Seen on', `${title}, %`, '95 % interval', 'Gain, points (95 % interval)'],
        ...['Over the recommended, points (95 % interval)', 'Time', 'State'],
      ],
      lines,
    ),
  ].join('\n\n');
}

function triedSection({ rungs, metric }: Ladder, { rung, tried, score, gain, taken }: Search): string {
  const { title, bare } = metricDefinition(metric);
  const name = lower(rungs.find((row) => row.rung === rung)?.title ?? rung);
  const lines = tried.map((one) => {
    const words = escapeMarkdown(settingWords(one, tried[0]));
    return [one.best ? `**${words}**` : words, shareWords(one.share), bare(one.score)];
  });
  const found = gain ? ` Chosen inside each fold they gain ${interval(gain)} points over auto.` : '';
  return [
    `## Settings tried for ${escapeMarkdown(name)}`,
    table(['Settings', 'Rows', `${title}, %`], lines),
    `${bare(score)} is the best of ${formatCount(tried.length)} looks, so it flatters.${found} ` +
      (taken ? 'The best is used.' : 'Auto stays.'),
  ].join('\n\n');
}

function timesSection(report: ClassificationReport): string {
  return [
    '## Where the time went',
    table(
      ['Part', 'Time'],
      timeParts(report).map(({ title, seconds }) => [escapeMarkdown(title), formatDuration(1000 * seconds)]),
    ),
    timeWords(report).map(escapeMarkdown).join(' '),
  ].join('\n\n');
}

type Search = NonNullable<ClassificationReport['search']>;

function interval({ mean, ci95: [low, high] }: { mean: number; ci95: readonly [number, number] }): string {
  return `${formatPoints(mean)} (${formatPoints(low)} to ${formatPoints(high)})`;
}
