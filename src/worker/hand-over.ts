/** A run, read to be handed over to a bigger machine, whatever its task; and its rows as they come back from the disk. */
import type { HandOverProof } from '../core/export/hand-over/proof';
import { handOverId, noTrainerFor } from '../core/export/hand-over/trainers';
import { AppError } from '../core/errors';
import type { PlannedFile } from '../core/formats/planned-file';
import { settingsOfReport } from '../core/report/run-facts';
import { getReport, getRun } from '../storage/runs';
import type { ReadOptions } from './exported-run';
import { readHandedAnswers } from './hand-over-answers';
import { readHandedClassifier } from './hand-over-classifier';
import type { HandedRows, HandOverChoice } from './handed-run';
import type { JobPorts } from './job-ports';
import { type BackFile, differs } from './read-back';

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

export interface HandedOver {
  folder: string;
  files: PlannedFile[];
  prove(files: readonly BackFile[]): Promise<HandOverProof>;
}

/** Throws `not-found` where there is no report to hand over by, `config-invalid` where the method has no trainer elsewhere. */
export async function readHandOver(
  ports: Ports,
  runId: string,
  choice: HandOverChoice,
  options: ReadOptions,
): Promise<HandedOver> {
  const [run, report] = await Promise.all([getRun(ports.database, runId), getReport(ports.database, runId)]);
  if (run === null || report === null || run.settings === null) {
    throw new AppError(
      'not-found',
      'This run has no report to go on from. Train it to the end, or choose another run.',
    );
  }
  const settings = settingsOfReport(run.settings, report);
  const why = noTrainerFor(settings.method);
  if (why !== null) throw new AppError('config-invalid', why);
  if (report.task !== choice.trainer.task) {
    throw new AppError('internal', `${choice.trainer.title} is of another task than this run.`);
  }
  const handed =
    report.task === 'classification'
      ? await readHandedClassifier(ports, { run, settings, report }, choice, options)
      : await readHandedAnswers(ports, { run, settings, report }, choice, options);
  const id = handOverId(choice.trainer.id, choice.withBase);
  return {
    ...handed,
    prove: async (files) => proofOf(id, handed.rows, files),
  };
}

/** Reads the rows back as a script will. */
async function proofOf(
  format: HandOverProof['format'],
  rows: HandedRows,
  files: readonly BackFile[],
): Promise<HandOverProof> {
  const byFold = rows.byFold.map(() => 0);
  let heldOut = 0;
  let training = 0;
  for (const { written, source } of files) {
    if (!/^data\/(train|validation|test)\.jsonl$/.test(written.path)) continue;
    const text = new TextDecoder().decode(await source.read(0, source.size));
    for (const line of text.split('\n').slice(0, -1)) {
      const { fold } = JSON.parse(line) as { fold?: number | null };
      if (written.path !== 'data/train.jsonl') heldOut += 1;
      else {
        training += 1;
        if (typeof fold === 'number') byFold[fold] = (byFold[fold] ?? 0) + 1;
      }
    }
  }
  if (training !== rows.training || byFold.join() !== rows.byFold.join() || heldOut !== rows.heldOut) {
    throw differs({ title: 'The folder' }, 'its rows came back otherwise than they were written');
  }
  return {
    ...{ task: 'hand-over', format, rows: { training, held_out: heldOut, by_fold: byFold } },
    files: files.map(({ written }) => written),
  };
}
