/**
 * What a run can be taken away as. To add a format: a file with its plan, its entry here, its lines in scripts/verify-export;
 * screen, worker and proof take it from the entry. Each becomes one zip of one folder.
 */
import { zipBytes } from '../formats/zip-writer';
import type { PlannedFile } from '../formats/planned-file';
import type { TaskKind } from '../models/card';
import { adapterGgufFiles, adapterGgufCode } from './adapter-gguf';
import { ggufFolder, ggufCode } from './gguf-folder';
import { mergedCode, mergedFolder, type ExportedDecoder } from './merged-folder';
import { type LoraAdapter, mergedTensors } from './model-tensors';
import type { RenderChat } from './modelfile';
import { peftCode, peftFolder } from './peft-folder';

export type ExportFormatId = 'merged' | 'gguf-float16' | 'gguf-q8_0' | 'peft' | 'gguf-adapter';

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
}

export interface ExportFormat {
  id: ExportFormatId;
  task: TaskKind;
  title: string;
  /** What it is for, in one line. */
  note: string;
  /** In what its values are stored: how far its answers may be from the run's own. */
  dtype: 'float32' | 'float16' | 'q8_0';
  /** A whole model is computed anew from its file, an adapter on the base that it was trained on. */
  holds: 'model' | 'adapter';
  /** About so many bytes. */
  bytes(size: ExportSize): number;
  /** How it is loaded, in a few lines. */
  code(folder: string, base: string): string;
  /** The folder's files, the proof not among them. */
  files(run: ExportedRun): PlannedFile[];
}

const tuned = ({ base, adapter }: ExportedRun): ExportedDecoder => ({
  ...base,
  tensors: mergedTensors(base.tensors, adapter),
});

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    id: 'merged',
    task: 'generation',
    title: 'transformers folder',
    note: 'for Python: the whole tuned model, safetensors in float16',
    dtype: 'float16',
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
    holds: 'adapter',
    bytes: ({ adapterParameters }) => 4 * adapterParameters,
    code: adapterGgufCode,
    files: (run) => [...adapterGgufFiles(run), ...run.notices],
  },
];

/** The formats that a task's runs can be taken away as, in the order in which they are shown. */
export function exportFormatsFor(task: TaskKind): ExportFormat[] {
  return EXPORT_FORMATS.filter((format) => format.task === task);
}

/** The format of that id. */
export function exportFormat(id: ExportFormatId): ExportFormat {
  const found = EXPORT_FORMATS.find((format) => format.id === id);
  if (found === undefined) throw new RangeError(`There is no format ${id}.`);
  return found;
}

/** Bytes of the whole zip, without the proof in it. */
export function exportBytes(format: ExportFormat, run: ExportedRun): number {
  return zipBytes(run.folder, format.files(run));
}
