/** A run as it is taken away, whatever its task: its files, what they are put in, and how they are proved. */
import { type ExportFormatId, exportFormat, type PageFormat } from '../core/export/formats';
import { MANIFEST_FILE } from '../core/export/bundle/manifest';
import { onePageName } from '../core/export/one-page/page-use';
import { handOverOf } from '../core/export/hand-over/trainers';
import type { TakeFormatId, TakenFile } from '../core/export/take';
import type { PlannedFile } from '../core/formats/planned-file';
import { type PlacedSink, zipBytes } from '../core/formats/zip-writer';
import type { Backend } from '../core/settings/settings';
import type { Device } from '../engine/device/select';
import type { CompareOptions } from '../engine/proof/decoder-parity';
import { readTakenClassifier } from './exported-classifier';
import { type ReadOptions, readTakenWriter } from './exported-run';
import { readHandOver } from './hand-over';
import type { JobPorts } from './job-ports';
import { readPageRun } from './page-run';
import { proveClassifier } from './prove-classifier';
import { provePage } from './prove-page';
import { proveWriter } from './prove-writer';
import type { BackFile } from './read-back';
import { proveBundle, readTakenBundle } from './taken-bundle';
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
  /** Throws `export-differs` where the files answer otherwise. `device`: opened when it is asked for. */
  prove(files: readonly BackFile[], device: OpenProof, options: CompareOptions): Promise<TakenFile['parity']>;
}

/** Opens the device that a proof is computed on, and has the proof computed. */
export type OpenProof = <T>(work: (device: Device) => Promise<T>) => Promise<T>;

/** Reads it. Throws as `readTakenClassifier`, `readTakenWriter`, `readPageRun`, `readTakenBundle` and `readHandOver`. */
export async function readTakenRun(
  ports: Ports,
  runId: string,
  id: TakeFormatId,
  options: ReadOptions,
): Promise<TakenRun> {
  const handed = handOverOf(id);
  if (handed !== null) {
    const { folder, files, prove } = await readHandOver(ports, runId, handed, options);
    return { ...zipped(folder, 'hand-over', files), prove };
  }
  const format = exportFormat(id as ExportFormatId);
  if (format.container === 'html') return readTakenPage(ports, runId, format, options);
  if (format.task === null) return readBundled(ports, runId, options);
  if (format.task === 'classification') {
    const run = await readTakenClassifier(ports, runId, options);
    return {
      ...zipped(run.exported.folder, format.id, format.files(run.exported)),
      prove: (files, open, more) => open((device) => proveClassifier(format, run, files, device, more)),
    };
  }
  const run = await readTakenWriter(ports, runId, options);
  return {
    ...zipped(run.exported.folder, format.id, format.files(run.exported)),
    prove: (files, open, more) => open((device) => proveWriter(format, run, files, device, more)),
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
    prove: (files, open, { onProgress }) =>
      open((device) => provePage(format, run, files, device, { signal, onProgress })),
  };
}

async function readBundled(ports: Ports, runId: string, { signal }: ReadOptions): Promise<TakenRun> {
  const { folder, files, manifest } = await readTakenBundle(ports, runId, signal);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...{ name: `${folder}.zip`, bytes: zipBytes(folder, files), files, backend: null },
    container: (sink) => zipContainer(folder, sink, MANIFEST_FILE),
    prove: (back, _, { turn, onProgress }) =>
      proveBundle(manifest(back.map(({ written }) => written)), back, {
        turn,
        tell: (bytes) => onProgress?.(bytes / Math.max(1, total)),
      }),
  };
}
