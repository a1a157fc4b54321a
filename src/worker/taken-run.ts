/** A run as it is taken away, whatever its task: the files of its folder, and how these are proved. */
import type { ClassifierFormat, WriterFormat } from '../core/export/formats';
import type { Parity } from '../core/export/take';
import type { PlannedFile } from '../core/formats/planned-file';
import type { Device } from '../engine/device/select';
import type { CompareOptions } from '../engine/proof/decoder-parity';
import { readTakenClassifier } from './exported-classifier';
import { type ReadOptions, readTakenWriter } from './exported-run';
import type { JobPorts } from './job-ports';
import { proveClassifier } from './prove-classifier';
import { proveWriter } from './prove-writer';
import type { BackFile } from './read-back';

export interface TakenRun {
  folder: string;
  files: PlannedFile[];
  /** Throws `export-differs` where the files answer otherwise. */
  prove(files: readonly BackFile[], device: Device, options: CompareOptions): Promise<Parity>;
}

/** Reads it. Throws as `readTakenClassifier` and `readTakenWriter`. */
export async function readTakenRun(
  ports: Pick<JobPorts, 'database' | 'modelFiles'>,
  runId: string,
  format: ClassifierFormat | WriterFormat,
  options: ReadOptions,
): Promise<TakenRun> {
  if (format.task === 'classification') {
    const run = await readTakenClassifier(ports, runId, options);
    return {
      folder: run.exported.folder,
      files: format.files(run.exported),
      prove: (files, device, more) => proveClassifier(format, run, files, device, more),
    };
  }
  const run = await readTakenWriter(ports, runId, options);
  return {
    folder: run.exported.folder,
    files: format.files(run.exported),
    prove: (files, device, more) => proveWriter(format, run, files, device, more),
  };
}
