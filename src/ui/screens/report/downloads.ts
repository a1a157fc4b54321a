/** The files that a report is saved as. Texts are made when asked for. */
import { formatAmount } from '../../../core/words/numbers';
import type { Report } from '../../../core/report/report';
import { written } from '../../../core/report/written';
import { fileNameOf } from '../../parts/save-file';

export interface Download {
  id: 'markdown' | 'json' | 'csv' | 'predictions';
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
      note: `${formatAmount(files.answeredRows, 'row')} ${report.task === 'classification' ? 'with label, answer and fold' : 'with every answer and its scores'}, CSV`,
      ending: '.csv',
      name: `${base}-answers.csv`,
      type: 'text/csv',
      text: () => files.answers(),
    },
  ];
}
