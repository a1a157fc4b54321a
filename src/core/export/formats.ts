/**
 * What a run can be taken away as. To add a format: a file with its plan, its entry here, its lines in scripts/verify-export;
 * screen, worker and proof take it from the entry. Each becomes one zip of one folder, or one page that a browser opens.
 *
 * There is no plain transformers folder for classifiers: its classes for BERT's shape read the first token through a tanh
 * layer, ours the mean of all tokens, and no other class of its takes these weights. The ONNX folder holds the whole and is
 * what its `pipeline` loads, in JavaScript and by way of optimum.
 */
import type { PlannedFile } from '../formats/planned-file';
import type { TaskKind } from '../models/card';
import { bundleUse } from './bundle/bundle-use';
import type { ExportedClassifier } from './classifier/exported-classifier';
import { onnxCode, onnxFolder, onnxPython } from './classifier/onnx-folder';
import { sentenceCode, sentenceFolder } from './classifier/sentence-folder';
import { adapterGgufFiles, adapterGgufCode } from './adapter-gguf';
import { ggufFolder, ggufCode } from './gguf-folder';
import { mergedCode, mergedFolder, type ExportedDecoder } from './merged-folder';
import { type LoraAdapter, mergedTensors } from './model-tensors';
import type { RenderChat } from './modelfile';
import { onePageBytes, onePageFile, type PageClassifier } from './one-page/page-file';
import { onePageUse } from './one-page/page-use';
import { peftCode, peftFolder } from './peft-folder';

export type WriterFormatId = 'merged' | 'gguf-float16' | 'gguf-q8_0' | 'peft' | 'gguf-adapter';
export type ClassifierFormatId = 'onnx' | 'onnx-int8' | 'sentence-transformers';
export type PageFormatId = 'one-page' | 'one-page-int8';
export type BundleFormatId = 'run-bundle';
export type ExportFormatId = WriterFormatId | ClassifierFormatId | PageFormatId | BundleFormatId;

/** A run of written answers, ready to be written down. */
export interface ExportedRun {
  /** The folder, and the name of what is in it. */
  folder: string;
  /** The model as it came. */
  base: ExportedDecoder;
  adapter: LoraAdapter;
  /** Licence and notice of the base. */
  notices: readonly PlannedFile[];
  render: RenderChat;
}

/** What is known of a run's sizes before anything is read. */
export interface ExportSize {
  parameters: number;
  adapterParameters: number;
  /** Of tokenizer.json. */
  tokenizerBytes: number;
  /** All models that may be asked, the first among them: bytes of a value as it came, on the whole. */
  encoders: readonly { parameters: number; tokenizerBytes: number; valueBytes: number }[];
}

export interface ExportFormat {
  id: ExportFormatId;
  /** Null: runs of either. */
  task: TaskKind | null;
  title: string;
  /** What it is for, in one line. */
  note: string;
  /** In what its values are stored: how far its answers may be from the run's own. */
  dtype: 'float32' | 'float16' | 'q8_0' | 'int8';
  /** A folder in a zip, or a page. */
  container: 'zip' | 'html';
  /** How it is loaded, in a few lines. */
  code(folder: string, base: string): string;
}

/** A format of what a run answers by. */
export interface ModelFormat extends ExportFormat {
  task: TaskKind;
  /** About so many bytes. */
  bytes(size: ExportSize): number;
}

/** A format of runs of written answers. */
export interface WriterFormat extends ModelFormat {
  id: WriterFormatId;
  task: 'generation';
  dtype: 'float32' | 'float16' | 'q8_0';
  container: 'zip';
  /** A whole model is computed anew from its file, an adapter on the base that it was trained on. */
  holds: 'model' | 'adapter';
  /** The folder's files, the proof not among them. */
  files(run: ExportedRun): PlannedFile[];
}

/** A format of runs that sort texts. */
export interface ClassifierFormat extends ModelFormat {
  id: ClassifierFormatId;
  task: 'classification';
  dtype: 'float32' | 'int8';
  container: 'zip';
  /** The folder's files, the proof not among them. */
  files(run: ExportedClassifier): PlannedFile[];
}

/** A page that holds what a run sorts texts by, whatever that is. */
export interface PageFormat extends ModelFormat {
  id: PageFormatId;
  task: 'classification';
  dtype: 'float16' | 'int8';
  container: 'html';
  /** The page, its proof not in it; `template` begins it. */
  file(name: string, template: Uint8Array, classifier: Omit<PageClassifier, 'dtype'>): PlannedFile;
}

/** A run of whatever task with all that it takes to go on with it elsewhere. */
export interface BundleFormat extends ExportFormat {
  id: BundleFormatId;
  task: null;
  dtype: 'float32';
  container: 'zip';
}

export type AnyFormat = WriterFormat | ClassifierFormat | PageFormat | BundleFormat;

const tuned = ({ base, adapter }: ExportedRun): ExportedDecoder => ({
  ...base,
  tensors: mergedTensors(base.tensors, adapter),
});

export const WRITER_FORMATS: readonly WriterFormat[] = [
  {
    id: 'merged',
    task: 'generation',
    title: 'transformers folder',
    note: 'for Python: the whole tuned model, safetensors in float16',
    dtype: 'float16',
    container: 'zip',
    holds: 'model',
    bytes: ({ parameters, tokenizerBytes }) => 2 * parameters + tokenizerBytes,
    code: mergedCode,
    files: (run) => [...mergedFolder(tuned(run), 'float16', run.folder), ...run.notices],
  },
  {
    id: 'gguf-q8_0',
    task: 'generation',
    title: 'GGUF, Q8_0',
    note: 'for Ollama, LM Studio and llama.cpp: half the size, with a Modelfile',
    dtype: 'q8_0',
    container: 'zip',
    holds: 'model',
    bytes: ({ parameters, tokenizerBytes }) => (34 / 32) * parameters + tokenizerBytes,
    code: ggufCode,
    files: (run) => [...ggufFolder(tuned(run), 'q8_0', run), ...run.notices],
  },
  {
    id: 'gguf-float16',
    task: 'generation',
    title: 'GGUF, F16',
    note: 'the same in float16: to be quantised further, or to be sure',
    dtype: 'float16',
    container: 'zip',
    holds: 'model',
    bytes: ({ parameters, tokenizerBytes }) => 2 * parameters + tokenizerBytes,
    code: ggufCode,
    files: (run) => [...ggufFolder(tuned(run), 'float16', run), ...run.notices],
  },
  {
    id: 'peft',
    task: 'generation',
    title: 'PEFT adapter folder',
    note: 'for Python: what was learned alone, to be put on its base',
    dtype: 'float32',
    container: 'zip',
    holds: 'adapter',
    bytes: ({ adapterParameters }) => 4 * adapterParameters,
    code: peftCode,
    files: ({ adapter, base, folder, notices }) => [...peftFolder(adapter, 'CAUSAL_LM', base.card, folder), ...notices],
  },
  {
    id: 'gguf-adapter',
    task: 'generation',
    title: 'GGUF adapter',
    note: 'for llama.cpp: what was learned alone, beside a GGUF of its base',
    dtype: 'float32',
    container: 'zip',
    holds: 'adapter',
    bytes: ({ adapterParameters }) => 4 * adapterParameters,
    code: adapterGgufCode,
    files: (run) => [...adapterGgufFiles(run), ...run.notices],
  },
];

export const CLASSIFIER_FORMATS: readonly ClassifierFormat[] = [
  {
    id: 'onnx-int8',
    task: 'classification',
    title: 'ONNX, int8',
    note: 'for a web page or a server: weights in 8 bits',
    dtype: 'int8',
    container: 'zip',
    // At most: rows of words share a scale of 4 bytes, of other weights 32.
    bytes: ({ parameters, tokenizerBytes }) => (36 / 32) * parameters + tokenizerBytes,
    code: (folder) => `${onnxCode(folder, 'int8')}\n\n# Python\n${onnxPython(folder, 'int8')}`,
    files: (run) => [...onnxFolder(run, 'int8'), ...run.notices],
  },
  {
    id: 'onnx',
    task: 'classification',
    title: 'ONNX, float32',
    note: 'the same without rounding',
    dtype: 'float32',
    container: 'zip',
    bytes: ({ parameters, tokenizerBytes }) => 4 * parameters + tokenizerBytes,
    code: (folder) => `${onnxCode(folder, 'float32')}\n\n# Python\n${onnxPython(folder, 'float32')}`,
    files: (run) => [...onnxFolder(run, 'float32'), ...run.notices],
  },
  {
    id: 'sentence-transformers',
    task: 'classification',
    title: 'sentence-transformers folder',
    note: 'for search and clustering: vectors and a small head',
    dtype: 'float32',
    container: 'zip',
    bytes: ({ parameters, tokenizerBytes }) => 4 * parameters + tokenizerBytes,
    code: sentenceCode,
    files: (run) => [...sentenceFolder(run), ...run.notices],
  },
];

export const PAGE_FORMATS: readonly PageFormat[] = [
  {
    id: 'one-page-int8',
    task: 'classification',
    title: 'One page',
    note: 'for a colleague: opens with a double click, works without a network',
    dtype: 'int8',
    container: 'html',
    bytes: ({ encoders }) => onePageBytes(encoders, 'int8'),
    code: (folder) => onePageUse(folder, 'int8'),
    file: (name, template, classifier) => onePageFile(name, template, { ...classifier, dtype: 'int8' }),
  },
  {
    id: 'one-page',
    task: 'classification',
    title: 'One page, float16',
    note: 'the same, rounded less',
    dtype: 'float16',
    container: 'html',
    bytes: ({ encoders }) => onePageBytes(encoders, 'float16'),
    code: (folder) => onePageUse(folder, 'float16'),
    file: (name, template, classifier) => onePageFile(name, template, { ...classifier, dtype: 'float16' }),
  },
];

export const RUN_BUNDLE: BundleFormat = {
  id: 'run-bundle',
  task: null,
  title: 'Run bundle',
  note: 'to go on elsewhere, or run it again: data, settings, report, weights',
  dtype: 'float32',
  container: 'zip',
  code: () => bundleUse(),
};

const MODEL_FORMATS: readonly Exclude<AnyFormat, BundleFormat>[] = [
  ...PAGE_FORMATS,
  ...CLASSIFIER_FORMATS,
  ...WRITER_FORMATS,
];
export const EXPORT_FORMATS: readonly AnyFormat[] = [...MODEL_FORMATS, RUN_BUNDLE];

/** The formats that the model of a task's runs can be taken away as, in the order in which they are shown. */
export function exportFormatsFor(task: TaskKind): ModelFormat[] {
  return MODEL_FORMATS.filter((format) => format.task === task);
}

/** The format of that id. */
export function exportFormat(id: ExportFormatId): AnyFormat {
  const found = EXPORT_FORMATS.find((format) => format.id === id);
  if (found === undefined) throw new RangeError(`There is no format ${id}.`);
  return found;
}

/** The format of written answers of that id. */
export function writerFormat(id: WriterFormatId): WriterFormat {
  const found = WRITER_FORMATS.find((format) => format.id === id);
  if (found === undefined) throw new RangeError(`There is no format ${id}.`);
  return found;
}
