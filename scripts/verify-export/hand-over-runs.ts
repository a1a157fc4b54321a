/**
 * Runs of the page's own worker code, in Node, each handed over as its folder: what the trainers elsewhere are tried with.
 */
import 'fake-indexeddb/auto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HandOverId } from '../../src/core/export/hand-over/trainers';
import type { Row } from '../../src/core/data/dataset';
import { autoChoices } from '../../src/core/settings/defaults';
import type { RunRequest } from '../../src/core/run/record';
import { saveDataset } from '../../src/storage/datasets';
import { getReport, getRun } from '../../src/storage/runs';
import { TrainingJob } from '../../src/worker/job';
import type { ModelSource } from '../../src/engine/models/read-model';
import { Disk } from '../../tests/helpers/disk';
import { createHarness, type JobHarness } from '../../tests/helpers/job';
import { builtInModel } from '../../tests/helpers/models';
import { sampleDataset } from '../../tests/helpers/storage';
import { startBackend } from '../../tests/helpers/tf-node';
import { unzipped } from '../../tests/helpers/unzipped';

export type Asked = Pick<RunRequest, 'method' | 'evaluation'> & {
  rows: Row[];
  test: Row[] | null;
  choices: Partial<RunRequest['choices']>;
  modelId?: string;
  modelFiles?: (id: string) => ModelSource;
};

/** Trains a run to its end. */
export async function trainedRun({ rows, test, choices, modelFiles, ...asked }: Asked): Promise<JobHarness> {
  await startBackend('wasm');
  const harness = await createHarness({ modelFiles: (id) => (modelFiles ?? builtInModel)(id) });
  const task = asked.method === 'generation-adapter' ? ('generation' as const) : ('classification' as const);
  const keep = (id: string, of: Row[]) =>
    saveDataset(harness.database, {
      dataset: { ...sampleDataset(id, of), task },
      rows: of,
      tokenCounts: null,
      file: null,
    });
  await keep('d', rows);
  if (test !== null) await keep('test', test);
  await harness.job.start('q', {
    ...{ runId: 'run', name: 'Run 1', datasetId: 'd', datasetVersion: 1, modelId: 'all-MiniLM-L6-v2' },
    ...{ backend: 'wasm', limit: 0, ...asked },
    choices: { ...autoChoices(), ...choices },
  });
  const run = await getRun(harness.database, 'run');
  if (run?.state !== 'succeeded') throw new Error(`The run ended as ${run?.state}: ${run?.error?.message}`);
  return harness;
}

/** Hands a run over and unpacks the folder; also its report, to be compared with. */
export async function handOver(harness: JobHarness, format: HandOverId, folder: string): Promise<void> {
  const disk = new Disk();
  const job = new TrainingJob({ ...harness.ports, takeFile: disk.open });
  harness.events.length = 0;
  await job.take({ type: 'take', requestId: 't', runId: 'run', format, place: 'p', backend: 'wasm' });
  const told = harness.events.at(-1);
  if (told?.type !== 'taken') throw new Error(JSON.stringify(told));
  const [file] = disk.files.values();
  for (const [path, bytes] of unzipped(file?.bytes ?? new Uint8Array())) {
    const to = join(folder, path.replace(/^[^/]+\//, ''));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, bytes);
  }
  writeFileSync(join(folder, 'browser.json'), JSON.stringify(await getReport(harness.database, 'run')));
}

/** Rows of {"text", "label"} or {"prompt", "completion"} or {"messages"} as the page keeps them. */
export function labelledRows(path: string): Row[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line, i) => {
    const { text, label } = JSON.parse(line) as { text: string; label: string };
    return { rowId: i + 1, line: i + 1, text, target: label };
  });
}
