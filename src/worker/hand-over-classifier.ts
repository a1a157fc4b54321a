/** A run that sorts texts, read for a bigger machine: its rows split as it split them, and the model that it began with. */
import { type ClassifierHandOver, classifierHandOver, type LabelledRow } from '../core/export/hand-over/classifier';
import { bertConfig, encoderTokenizer } from '../core/export/classifier/encoder-files';
import { exportFolder, noticeFiles } from '../core/export/describe';
import { safetensorsFile } from '../core/formats/safetensors-writer';
import { packedTensor } from '../core/formats/planned-tensor';
import { AppError } from '../core/errors';
import type { BertShape } from '../core/models/parameter-shapes';
import type { Answer, ClassificationReport } from '../core/report/classification';
import type { ExperimentData } from '../core/run/experiment';
import type { Run } from '../core/run/record';
import { methodDefinition } from '../core/settings/methods';
import type { Settings } from '../core/settings/settings';
import { parseConfig } from '../engine/models/bert/config';
import { readModel } from '../engine/models/read-model';
import { innerPart } from '../engine/tasks/classification/inner-part';
import type { ReadOptions } from './exported-run';
import { handedBase } from './hand-over-base';
import type { HandedRun, HandOverChoice } from './handed-run';
import type { JobPorts } from './job-ports';
import { demandSameBase } from './kept-classifier';
import { type PreparedRun, prepareRun, readRunRows } from './run-data';
import { readNotices } from './read-notices';

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

/** Reads it. Throws as `readRunRows`, `readModel`, and `not-found` where the rows are split otherwise than they were. */
export async function readHandedClassifier(
  { database, modelFiles }: Ports,
  { run, settings, report }: { run: Run; settings: Settings; report: ClassificationReport },
  { trainer, withBase }: HandOverChoice,
  { signal, tell }: ReadOptions,
): Promise<HandedRun> {
  const source = modelFiles(run.modelId, {});
  const model = await readModel(
    { read: (file, stop) => source.read(file, stop) },
    { signal, onProgress: ({ bytesLoaded, bytesTotal }) => tell(bytesLoaded, bytesTotal) },
  );
  const { manifest, tensors, tokenizer, family, config } = model;
  demandSameBase(report, manifest);
  const rows = await readRunRows(database, run.request);
  const prepared = prepareRun(rows, run.request, settings, tokenizer);
  demandSameFolds(prepared, report);
  const shape: BertShape = parseConfig(manifest.config);
  const json = new TextDecoder().decode(await source.read(manifest.tokenizer.file, signal));
  const read = { json, prompt: manifest.tokenizer.prompt };
  const folder = exportFolder(run.datasetName, run.name, trainer.id);
  const planned = tensors.names.map((name) =>
    packedTensor(name, tensors.shape(name), 'float32', (from, to) => tensors.readLines(name, from, to)),
  );
  const base = handedBase(manifest, {
    files: [
      bertConfig(shape, 'BertModel'),
      ...encoderTokenizer({ tokenizer: read, maxLength: settings.maxLength }, { withPrompt: true }),
    ],
    weights: safetensorsFile('model.safetensors', planned),
    withBase,
  });
  const handed: ClassifierHandOver = {
    ...{ trainer, folder, run: { id: run.id, name: run.name }, settings, base, report, notes: prepared.notes },
    steps: methodDefinition(settings.method).steps(settings, prepared.data.texts.length),
    notices: noticeFiles(
      await readNotices(database, source, run.modelId, signal),
      { base: base.publicName ?? base.title, licence: manifest.card.licence || null },
      'its weights were unpacked to float32',
    ),
    labels: prepared.data.labels,
    rows: labelledRows(prepared, prepared.plan.foldOf),
    test: prepared.test && { source: prepared.test.source, rows: labelledRows(prepared.test, null) },
    setAside: setAsideOf(prepared, settings),
    trained: methodDefinition(settings.method).trained(settings, { layers: config.layers }),
    pooling: shape.pooling ?? 'mean',
    family: family.id,
  };
  const byFold = Array.from({ length: prepared.plan.folds }, (_, fold) =>
    prepared.plan.foldOf.reduce((sum, of) => sum + (of === fold ? 1 : 0), 0),
  );
  return {
    folder,
    files: classifierHandOver(handed),
    rows: { training: handed.rows.length, byFold, heldOut: handed.test?.rows.length ?? 0 },
  };
}

function labelledRows(
  { data, rowIds }: Pick<PreparedRun, 'data' | 'rowIds'>,
  foldOf: Int32Array | null,
): LabelledRow[] {
  return data.texts.map((text, i) => ({
    id: rowIds[i] ?? 0,
    line: data.lines[i] ?? 0,
    text,
    label: data.labels[data.labelIndices[i] ?? 0] ?? '',
    fold: foldOf === null ? null : (foldOf[i] ?? 0),
  }));
}

/** By fold, the rows that its fit chooses a length by. */
function setAsideOf({ data, rowIds, plan }: PreparedRun, settings: Settings): number[][] {
  return Array.from({ length: plan.folds }, (_, fold) => {
    const training = Int32Array.from(data.texts.keys()).filter((row) => plan.foldOf[row] !== fold);
    const { part } = innerPart(data, training, fold, settings);
    return Array.from(part?.validation ?? [], (row) => rowIds[row] ?? 0);
  });
}

/** Folds and test part are drawn anew from the seed, or read from a file: those that the report has must be the same. */
function demandSameFolds({ data, plan, test }: PreparedRun, report: ClassificationReport): void {
  const folds = new Map<string, number>();
  for (const [i, line] of data.lines.entries()) folds.set(`${line}`, plan.foldOf[i] ?? -1);
  const { predictions } = report.out_of_fold;
  const other = predictions.find(({ line, fold }) => folds.get(`${line}`) !== fold);
  const isSame = report.cross_validation.k === plan.folds && other === undefined;
  // A run that was stopped before its test has none to compare.
  if (isSame && (report.test === null || (test !== null && isSameTest(test.data, report.test.predictions)))) return;
  throw new AppError(
    'data-unusable',
    'The rows of this run are not split any more as they were: its data set or its test file has been changed since. ' +
      'Train it again, then hand that over.',
  );
}

/** Each row has its answer in the report, under the label that it has now. */
function isSameTest({ lines, labels, labelIndices }: ExperimentData, answers: readonly Answer[]): boolean {
  const now = new Map(Array.from(lines, (line, i) => [line, labels[labelIndices[i] ?? 0]]));
  return answers.length === lines.length && answers.every(({ line, label }) => now.get(line) === label);
}
