/** What every way of bringing data does: hand it to the imports, then show the data set or the run that came of it. */
import type { Hone } from '../state/hone.svelte';

/** Endings the file dialog offers; what a file is, is decided by its content. */
export const DATA_FILES = '.jsonl,.ndjson,.json,.csv,.tsv,.txt,.gz';
/** The same where a run bundle opens too. */
export const OPENED_FILES = `${DATA_FILES},.zip`;

/** Opens files one after the other, reports among them as runs. One data set or run is shown; of several the list is. */
export async function openFiles(hone: Hone, files: File[]): Promise<void> {
  const { reports, others } = await hone.reportFiles.sort(files);
  const reported: string[] = [];
  for (const file of reports) {
    const id = await hone.reportFiles.open(file);
    if (id !== null) reported.push(id);
  }
  const { datasets, runs } = others.length > 0 ? await hone.imports.openFiles(others) : { datasets: [], runs: [] };
  const [[dataset], [run], [report]] = [datasets, runs, reported];
  if (datasets.length + runs.length + reported.length > 1) hone.router.go({ screen: dataset ? 'data' : 'runs' });
  else if (dataset) hone.router.go({ screen: 'dataset', datasetId: dataset.id });
  else if (run) hone.router.go({ screen: run.summary === null ? 'running' : 'report', runId: run.id });
  else if (report !== undefined) hone.router.go({ screen: 'report', runId: report });
}

/** Opens pasted or dropped text as a file without a name. */
export async function openText(hone: Hone, text: string): Promise<void> {
  const opened = await hone.imports.openText(text);
  if (opened) hone.router.go({ screen: 'dataset', datasetId: opened.id });
}

/** True for text that may be rows: more than one line, or one that opens as JSON does. */
export function looksLikeRows(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.startsWith('{') || trimmed.startsWith('[') || trimmed.includes('\n');
}
