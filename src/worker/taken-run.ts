/** A run as it is taken away, whatever its task: its files, what they are put in, and how they are proved. */
import type { AnyFormat, PageFormat } from '../core/export/formats';
import { onePageName } from '../core/export/one-page/page-use';
import type { Parity } from '../core/export/take';
import type { PlannedFile } from '../core/formats/planned-file';
import { type PlacedSink, zipBytes } from '../core/formats/zip-writer';
import type { Backend } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import type { CompareOptions } from '../engine/proof/decoder-parity';
import { readTakenClassifier } from './exported-classifier';
import { type ReadOptions, readTakenWriter } from './exported-run';
import type { JobPorts } from './job-ports';
import { readPageRun } from './page-run';
import { proveClassifier } from './prove-classifier';
import { provePage } from './prove-page';
import { proveWriter } from './prove-writer';
import type { BackFile } from './read-back';
import { pageContainer, type TakeContainer, zipContainer } from './take-container';

type Ports = Pick<JobPorts, 'database' | 'modelFiles' | 'pageTemplate'>;

export interface TakenRun {
  /** Of the file that is handed over. */
  name: string;
  /** Its size, the proof not in it. */
  bytes: number;
  files: PlannedFile[];
  /** Where its answers are computed when it is opened; null where that is not known. */
  backend: Backend | null;
  /** Puts the files together in that place. */
  container(sink: PlacedSink): TakeContainer;
  /** Throws `export-differs` where the files answer otherwise. */
  prove(files: readonly BackFile[], device: Device, options: CompareOptions): Promise<Parity>;
}

/** Reads it. Throws as `readTakenClassifier`, `readTakenWriter` and `readPageRun`. */
export async function readTakenRun(
  ports: Ports,
  runId: string,
  format: AnyFormat,
  options: ReadOptions,
): Promise<TakenRun> {
  if (format.container === 'html') return readTakenPage(ports, runId, format, options);
  if (format.task === 'classification') {
    const run = await readTakenClassifier(ports, runId, options);
    return {
      ...zipped(run.exported.folder, format.id, format.files(run.exported)),
      prove: (files, device, more) => proveClassifier(format, run, files, device, more),
    };
  }
  const run = await readTakenWriter(ports, runId, options);
  return {
    ...zipped(run.exported.folder, format.id, format.files(run.exported)),
    prove: (files, device, more) => proveWriter(format, run, files, device, more),
  };
}

function zipped(folder: string, id: string, files: PlannedFile[]): Omit<TakenRun, 'prove'> {
  return {
    ...{ name: `${folder}-${id}.zip`, bytes: zipBytes(folder, files), files, backend: null },
    container: (sink) => zipContainer(folder, sink),
  };
}

async function readTakenPage(
  ports: Ports,
  runId: string,
  format: PageFormat,
  { signal, tell }: ReadOptions,
): Promise<TakenRun> {
  const run = await readPageRun(ports, runId, { signal, tell });
  const name = onePageName(run.folder, format.dtype);
  const file = format.file(name, await ports.pageTemplate(signal), run.classifier);
  return {
    ...{ name, bytes: file.bytes, files: [file], container: pageContainer },
    // Whoever opens it, it computes on the processor: so does its proof.
    backend: 'wasm',
    prove: (files, device, { onProgress }) => provePage(format, run, files, device, { signal, onProgress }),
  };
}
