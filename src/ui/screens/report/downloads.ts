/** The files that a report is saved as. Texts are made when asked for. */
import { formatAmount } from '../../../core/words/numbers';
import type { Report } from '../../../core/report/report';
import { written } from '../../../core/report/written';
import { fileNameOf } from '../../parts/save-file';

export interface Download {
  id: 'markdown' | 'json' | 'csv' | 'predictions' | 'prediction-lines';
  title: string;
  note: string;
  /** «.md» */
  ending: string;
  /** File name. */
  name: string;
  type: string;
  text: () => string;
}

/** The files of a report; their names begin with the run's. */
export function downloads(report: Report, runName: string): Download[] {
  const base = fileNameOf(`${report.dataset.name}-${runName}`);
  const files = written(report);
  const rows = formatAmount(files.answeredRows, 'row');
  const what =
    report.task === 'classification' ? 'with label, fold and every probability' : 'with every answer and its scores';
  return [
    {
      id: 'markdown',
      title: 'Markdown',
      note: 'to read and to share',
      ending: '.md',
      name: `${base}-report.md`,
      type: 'text/markdown',
      text: () => files.markdown(),
    },
    {
      id: 'json',
      title: 'JSON',
      note: 'everything, for machines',
      ending: '.json',
      name: `${base}-report.json`,
      type: 'application/json',
      text: () => `${JSON.stringify(report, null, 1)}\n`,
    },
    {
      id: 'csv',
      title: 'Tables',
      note: 'CSV, safe for spreadsheets',
      ending: '.csv',
      name: `${base}-report.csv`,
      type: 'text/csv',
      text: () => files.tables(),
    },
    {
      id: 'predictions',
      title: 'Answers',
      note: `${rows} ${what}, CSV`,
      ending: '.csv',
      name: `${base}-answers.csv`,
      type: 'text/csv',
      text: () => files.answers(),
    },
    {
      id: 'prediction-lines',
      title: 'Answers, by lines',
      note: 'the same as JSONL, for programs',
      ending: '.jsonl',
      name: `${base}-answers.jsonl`,
      type: 'application/x-ndjson',
      text: () => files.answerLines(),
    },
  ];
}
