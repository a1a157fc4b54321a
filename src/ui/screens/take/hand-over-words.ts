/** What is said of handing a run over to a bigger machine. Pure. */
import { settingsElsewhere } from '../../../core/export/hand-over/settings-elsewhere';
import { type Dialect, noTrainerFor, type Trainer, TRAINERS } from '../../../core/export/hand-over/trainers';
import type { HandOverProof } from '../../../core/export/hand-over/proof';
import type { ModelEntry } from '../../../core/models/card';
import { methodDefinition } from '../../../core/settings/methods';
import type { Method, Settings } from '../../../core/settings/settings';
import { formatAmount } from '../../../core/words/numbers';

/** The trainers that take a run by that method. */
export function trainersOf(method: Method): Trainer[] {
  if (noTrainerFor(method) !== null) return [];
  return TRAINERS.filter(({ task }) => task === methodDefinition(method).task);
}

/** Those of the other task, in one line, and why they do not take this run. */
export function otherTrainers(method: Method): { titles: string; why: string } {
  const { task } = methodDefinition(method);
  const own = new Set(TRAINERS.filter((one) => one.task === task).map(({ title }) => title));
  const titles = TRAINERS.filter((one) => one.task !== task && !own.has(one.title)).map(({ title }) => title);
  return {
    titles: titles.join(', '),
    why:
      task === 'classification'
        ? 'for written answers; this run sorts into labels'
        : 'for runs that sort into labels; this one writes answers',
  };
}

/** Which settings mean the same there and which do not, by their names on the form. */
export function settingLines(dialect: Dialect, settings: Settings): { same: string; others: string } {
  const { mapped, others } = settingsElsewhere(dialect, settings);
  const names = (of: readonly { label: string }[]): string => of.map(({ label }) => lower(label)).join(', ');
  return { same: `rows, folds, ${names(mapped)}`, others: names(others) };
}

/** «Longest text, tokens» is «longest text» among others. */
function lower(label: string): string {
  const [name = label] = label.split(',');
  return /^[A-Z]\d/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1);
}

/** Bytes of the base as it goes along: encoders in float32, decoders in float16. */
export function baseBytes({ card, tasks }: Pick<ModelEntry, 'card' | 'tasks'>): number {
  return card.parameters * (tasks.includes('generation') ? 2 : 4);
}

/** What was read back of the folder, in words. */
export function proofWords({ rows, files }: HandOverProof): { word: string; line: string } {
  const folds = rows.by_fold.length > 0 ? ` in ${formatAmount(rows.by_fold.length, 'fold')}` : '';
  const held = rows.held_out > 0 ? ` and ${formatAmount(rows.held_out, 'row')} held out` : '';
  return {
    word: 'Reads back',
    line: `${formatAmount(files.length, 'file')}, ${formatAmount(rows.training, 'row')}${folds}${held}, split as in the run`,
  };
}
