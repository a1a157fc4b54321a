/** A run that sorts texts as it goes into a page of its own: the kept model as it is, its encoders, what is said of them. */
import { AppError } from '../core/errors';
import type { PageFacts, PageNotice } from '../core/export/one-page/page-index';
import type { PageClassifier, PageEncoder } from '../core/export/one-page/page-file';
import { isOwnModel } from '../core/models/own-id';
import type { TrainedModel } from '../core/run/trained-model';
import { type ReadModel, readModel } from '../engine/models/read-model';
import { turned } from '../engine/models/weights';
import { encodersOfModels } from '../engine/tasks/classification/answer-texts';
import { getDataset } from '../storage/datasets';
import { getReport, getRun, getWeights } from '../storage/runs';
import type { JobPorts } from './job-ports';
import type { ModelFiles } from './model-files';

/** A classifier to be written, and what the page itself answers with. */
export interface PageRun {
  classifier: PageClassifier;
  models: ReadonlyMap<string, ReadModel>;
}

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

interface PageRunOptions {
  dtype: PageFacts['dtype'];
  signal: AbortSignal;
  /** Bytes of the encoders so far. */
  tell?(done: number, total: number): void;
}

/** Throws `not-found` where the run kept no model, and as `readModel`. */
export async function readPageRun(
  { database, modelFiles }: Ports,
  runId: string,
  options: PageRunOptions,
): Promise<PageRun> {
  const { dtype, signal, tell } = options;
  const [run, weights, report] = await Promise.all([
    getRun(database, runId),
    getWeights(database, runId),
    getReport(database, runId),
  ]);
  if (!run || !weights) {
    throw new AppError('not-found', 'This run kept no model to take away. Train it to the end, or choose another run.');
  }
  const dataset = await getDataset(database, run.datasetId);
  const { tuned: kept } = weights;
  const models = new Map<string, ReadModel>();
  const encoders: PageEncoder[] = [];
  const notices: PageNotice[] = [];
  // What an adapter adds stays beside the weights; other training is in their place.
  const trained = kept.lora ? [] : kept.encoder.map(({ name }) => name);
  for (const id of encodersOfModels(run.modelId, [kept])) {
    const source = modelFiles(id, {});
    const model = await readModel(
      { read: (file, stop) => source.read(file, stop) },
      { signal, onProgress: ({ bytesLoaded, bytesTotal }) => tell?.(bytesLoaded, bytesTotal) },
    );
    models.set(id, model);
    encoders.push({
      manifest: model.manifest,
      tensors: tensorsOf(model, id === run.modelId && !kept.lora ? kept.encoder : []),
      stored: (name) => model.tensors.stored(name),
      tokenizerJson: await source.read(model.manifest.tokenizer.file, signal),
    });
    notices.push(...(await noticesOf(source, model, signal)));
  }
  return {
    models,
    classifier: {
      ...{ kept, first: run.modelId, encoders, trained },
      facts: {
        ...{ title: run.name, dataset: run.datasetName, dtype, notices },
        figures: report?.task === 'classification' ? [report.verdict.sentence] : [],
        mapping: dataset?.versions.find(({ number }) => number === run.datasetVersion)?.mapping ?? null,
      },
    },
  };
}

/** The tensors of a model's files, with those that were kept in place of them. */
function tensorsOf({ tensors, family }: ReadModel, kept: TrainedModel['encoder']): PageEncoder['tensors'] {
  const own = new Map(kept.map((array) => [array.name, array]));
  return {
    names: tensors.names,
    shape: (name) => tensors.shape(name),
    lines(name, from, to) {
      const array = own.get(name);
      if (array === undefined) return tensors.readLines(name, from, to);
      const shape = tensors.shape(name);
      // Kept models have matrices as the engine has them, files the other way round.
      const laid = family.isLinearWeight(name) ? turned(array) : array;
      if (laid.shape.join() !== shape.join()) {
        throw new AppError('internal', `The trained «${name}» does not fit the model: [${laid.shape.join(', ')}].`);
      }
      const width = laid.values.length / (shape[0] ?? 1);
      return laid.values.subarray(from * width, to * width);
    },
  };
}

/** Each built-in model has both; one that a person brought along may have neither, and is named with what its card says. */
async function noticesOf(source: ModelFiles, { manifest }: ReadModel, signal: AbortSignal): Promise<PageNotice[]> {
  const { id, title, card } = manifest;
  if (isOwnModel(id)) return [{ title, text: `${title}\n\nLicence: ${card.licence || 'not named by its files'}.\n` }];
  const text = async (file: string): Promise<string> => new TextDecoder().decode(await source.read(file, signal));
  return [
    { title: `${title}: notice`, text: await text('NOTICE') },
    { title: `${title}: licence, ${card.licence}`, text: await text('LICENSE') },
  ];
}
