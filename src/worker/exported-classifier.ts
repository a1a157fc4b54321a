/** A run that sorts texts as it is taken away: its encoder as it was trained, its head, what is said of both, texts to prove by. */
import { AppError } from '../core/errors';
import type { ExportedClassifier } from '../core/export/classifier/exported-classifier';
import { tunedTensors } from '../core/export/classifier/kept-tensors';
import { beyondLinear, linearHead } from '../core/export/classifier/plain-head';
import { classifierFigures, exportCard, exportFolder, noticeFiles } from '../core/export/describe';
import type { BertShape } from '../core/models/parameter-shapes';
import type { Head, TrainedModel } from '../core/run/trained-model';
import { parseConfig } from '../engine/models/bert/config';
import { readModel, type ReadModel } from '../engine/models/read-model';
import type { JobPorts } from './job-ports';
import { readNotices } from './read-notices';
import type { ReadOptions } from './exported-run';
import { demandSameBase, readKeptClassifier } from './kept-classifier';

/** What such a run is written and proved from. */
export interface TakenClassifier {
  exported: ExportedClassifier;
  model: ReadModel;
  /** What is written down of the run: its own, or the plain one that was fitted beside it. */
  trained: TrainedModel & { head: Head };
  plain: boolean;
  samples: string[];
}

/**
 * Reads it. Throws `not-found` where the run kept no model, `model-unsupported` where it can be written down in no format,
 * `model-damaged` where it stands on other weights, and as `readModel`.
 */
export async function readTakenClassifier(
  { database, modelFiles }: Pick<JobPorts, 'database' | 'modelFiles'>,
  runId: string,
  { signal, tell }: ReadOptions,
): Promise<TakenClassifier> {
  const { run, weights, report, samples } = await readKeptClassifier(database, runId);
  const { tuned, plain } = weights;
  const own = linearHead(tuned.head, run.modelId);
  const trained = own === null ? (plain ?? null) : tuned;
  const head = own ?? (trained && linearHead(trained.head, run.modelId));
  if (trained === null || head === null) {
    throw new AppError(
      'model-unsupported',
      `No file format holds what this run answers by: ${beyondLinear(tuned.head)}. The plain classifier, which they could, ` +
        'is not kept of it: it was stopped, or trained by an earlier version. Train it again to the end, then that can be ' +
        'taken away.',
    );
  }
  const source = modelFiles(run.modelId, {});
  const model = await readModel(
    { read: (file, stop) => source.read(file, stop) },
    { signal, onProgress: ({ bytesLoaded, bytesTotal }) => tell(bytesLoaded, bytesTotal) },
  );
  const { manifest, family, tensors } = model;
  demandSameBase(report, manifest);
  const base = {
    names: tensors.names,
    shape: (name: string) => tensors.shape(name),
    lines: (name: string, from: number, to: number) => tensors.readLines(name, from, to),
  };
  const config: BertShape = parseConfig(manifest.config);
  const isPlain = own === null;
  const figures = report === null ? [] : classifierFigures(report, isPlain);
  const card = exportCard(`${run.name}, ${run.datasetName}`, manifest, figures);
  const json = new TextDecoder().decode(await source.read(manifest.tokenizer.file, signal));
  const change =
    trained.encoder.length > 0
      ? 'its weights were trained further, and a classifier on them'
      : 'a classifier was fitted to what it makes of texts';
  return {
    exported: {
      folder: exportFolder(run.datasetName, run.name),
      ...{ labels: trained.labels, maxLength: trained.maxLength, config, head, card },
      vectors: trained.encoder.length > 0 ? 'float32' : 'float16',
      tensors: tunedTensors(base, trained, (name) => family.isLinearWeight(name)),
      tokenizer: { json, prompt: manifest.tokenizer.prompt },
      notices: noticeFiles(await readNotices(database, source, run.modelId, signal), card, change),
    },
    ...{ model, trained: { ...trained, head }, plain: isPlain },
    samples,
  };
}
