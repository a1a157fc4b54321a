/** What an import is doing, in a few words. Pure. */
import { formatAmount, formatBytes, formatCount, formatPercent } from '../../core/words/numbers';
import type { ImportPhase } from '../../core/import/progress';

interface ImportState {
  phase: ImportPhase;
  bytesRead: number;
  bytesTotal: number;
  /** Read; while they are counted or saved, those that are done. */
  rows: number;
}

export function importWords({ phase, bytesRead, bytesTotal, rows }: ImportState): string {
  switch (phase) {
    case 'reading': {
      if (bytesTotal === 0) return formatAmount(rows, 'row');
      return `${formatPercent(bytesRead / bytesTotal, 0)} of ${formatBytes(bytesTotal)}, ${formatAmount(rows, 'row')}`;
    }
    case 'checking':
      return `Checking ${formatAmount(rows, 'row')}`;
    case 'waiting':
      return 'Waiting for the model’s tokenizer; without it the file opens all the same';
    case 'counting':
      return `Counting tokens, ${formatCount(rows)} rows done`;
    case 'saving':
      return `Saving, ${formatCount(rows)} rows done`;
    default:
      return phase satisfies never;
  }
}
