/** The figures of a search for the CSV of its report: its rungs, the settings tried, where the time went. */
import type { CsvCell } from '../formats/csv';
import type { ClassificationReport } from './classification';
import { settingWords } from './ladder-words';
import { timeParts } from './search-times';

export interface CsvFigures {
  part: string;
  item: string;
  figures: Record<string, CsvCell | undefined>;
}

type Difference = { mean: number; ci95: readonly [number, number] } | null | undefined;

/** None of a report of one method by hand. What was not measured is left out. */
export function ladderFigures(report: ClassificationReport): CsvFigures[] {
  const { ladder, search } = report;
  if (!ladder) return [];
  const { budget, folds, metric, score, gain, over } = ladder;
  return [
    {
      part: 'search',
      item: ladder.recommended,
      figures: {
        ...{ kept: ladder.kept, metric, folds, budget_seconds: budget, stopped: ladder.stopped },
        ...{ nested_score: score, over, ...differenceCells('nested_gain', gain) },
      },
    },
    ...ladder.rungs.flatMap((row): CsvFigures[] => [
      {
        part: 'rung',
        item: row.rung,
        figures: {
          ...{ title: row.title, state: row.state, why: row.why ?? undefined, seen_on: row.seen ?? undefined },
          ...{ score: row.score ?? undefined, ci95_low: row.ci95?.[0], ci95_high: row.ci95?.[1] },
          ...{ over: row.over ?? undefined, ...differenceCells('gain', row.gain) },
          ...differenceCells('over_recommended', row.beside),
          ...{ seconds: row.seconds, seconds_by_hand: row.cost },
        },
      },
      ...(row.scores ?? []).map(({ fold, rows, score, before, seconds }) => ({
        part: `rung ${row.rung}`,
        item: `fold ${fold + 1}`,
        figures: { rows, score, before: before ?? undefined, seconds },
      })),
    ]),
    ...(search?.tried ?? []).map((tried, i) => ({
      part: `setting tried ${search?.rung ?? ''}`,
      item: String(i),
      figures: {
        ...{ settings: settingWords(tried, search?.tried[0], true), share_of_rows: tried.share, score: tried.score },
        best: tried.best,
      },
    })),
    ...timeParts(report).map(({ title, seconds }) => ({ part: 'time', item: title, figures: { seconds } })),
  ];
}

function differenceCells(name: string, difference: Difference): Record<string, CsvCell | undefined> {
  if (!difference) return {};
  const { mean, ci95 } = difference;
  return { [name]: mean, [`${name}_ci95_low`]: ci95[0], [`${name}_ci95_high`]: ci95[1] };
}
