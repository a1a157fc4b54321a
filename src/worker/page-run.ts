/** A run that sorts texts as it goes into a page of its own: the kept model as it is, its encoders, what is said of them. */
import { AppError } from '../core/errors';
import { classifierFigures, exportFolder } from '../core/export/describe';
import type { PageNotice } from '../core/export/one-page/page-index';
import type { PageClassifier, PageEncoder } from '../core/export/one-page/page-file';
import { isOwnModel } from '../core/models/own-id';
import type { TrainedModel } from '../core/run/trained-model';
import { type ReadModel, readModel } from '../engine/models/read-model';
import { turned } from '../engine/models/weights';
import { encodersOfModels } from '../engine/tasks/classification/answer-texts';
import { getDataset } from '../storage/datasets';
import type { JobPorts } from './job-ports';
import { demandSameBase, readKeptClassifier } from './kept-classifier';
import type { ModelFiles } from './model-files';

/** A classifier to be written, and what the page itself answers with. */
export interface PageRun {
  /** The name of its file, without the ending. */
  folder: string;
  classifier: Omit<PageClassifier, 'dtype'>;
  models: ReadonlyMap<string, ReadModel>;
  /** Texts to prove the page by. */
  samples: string[];
}

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

interface PageRunOptions {
  signal: AbortSignal;
  /** Bytes of the encoders so far. */
  tell?(done: number, total: number): void;
}

/** Throws `not-found` where the run kept no model, `model-damaged` where it stands on other weights, and as `readModel`. */
export async function readPageRun(
  { database, modelFiles }: Ports,
  runId: string,
  options: PageRunOptions,
): Promise<PageRun> {
  const { signal, tell } = options;
  const { run, weights, report, samples } = await readKeptClassifier(database, runId);
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
    if (id === run.modelId) demandSameBase(report, model.manifest);
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
    ...{ folder: exportFolder(run.datasetName, run.name), models, samples },
    classifier: {
      ...{ kept, first: run.modelId, encoders, trained },
      facts: {
        ...{ title: run.name, dataset: run.datasetName, notices },
        figures: report === null ? [] : classifierFigures(report, false),
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
