/** One entry to what is made of a report, whatever its task: its files, and the summary in the record of its run. */
import type { RunSummary } from '../run/summary';
import { answersToCsv, answersToJsonl, generationToCsv } from './generation/csv';
import { generationToMarkdown } from './generation/markdown';
import { generationSummary } from './generation/summary';
import type { Report } from './report';
import { predictionsToCsv, predictionsToJsonl, reportToCsv } from './report-csv';
import { reportToMarkdown } from './report-markdown';
import { summaryOf } from './summary';

/** What can be made of one report; each is made when it is asked for. */
export interface Written {
  summary(): RunSummary;
  markdown(): string;
  /** The tables, then every answered row, as CSV. */
  tables(): string;
  answers(): string;
  /** The same as JSON, a line a row. */
  answerLines(): string;
  /** Rows in `answers`. */
  answeredRows: number;
}

/** What can be made of a report, by its task. */
export function written(report: Report): Written {
  switch (report.task) {
    case 'classification':
      return {
        summary: () => summaryOf(report),
        markdown: () => reportToMarkdown(report),
        tables: () => reportToCsv(report),
        answers: () => predictionsToCsv(report),
        answerLines: () => predictionsToJsonl(report),
        answeredRows: report.out_of_fold.predictions.length + (report.test?.predictions.length ?? 0),
      };
    case 'generation':
      return {
        summary: () => generationSummary(report),
        markdown: () => generationToMarkdown(report),
        tables: () => generationToCsv(report),
        answers: () => answersToCsv(report),
        answerLines: () => answersToJsonl(report),
        answeredRows: report.generation.samples.length,
      };
    default:
      return report satisfies never;
  }
}
