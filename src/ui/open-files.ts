/** What every way of bringing data does: hand it to the imports, then show the data set that came of it. */
import type { Hone } from '../state/hone.svelte';

/** Endings the file dialog offers; what a file is, is decided by its content. */
export const DATA_FILES = '.jsonl,.ndjson,.json,.csv,.tsv,.txt,.gz';

/** Opens files one after the other, reports among them as runs. One data set or report is shown; of several the list is. */
export async function openFiles(hone: Hone, files: File[]): Promise<void> {
  const { reports, others } = await hone.reportFiles.sort(files);
  const runs: string[] = [];
  for (const file of reports) {
    const id = await hone.reportFiles.open(file);
    if (id !== null) runs.push(id);
  }
  if (runs.length > 0 && others.length === 0) {
    const [first] = runs;
    if (runs.length === 1 && first !== undefined) hone.router.go({ screen: 'report', runId: first });
    else hone.router.go({ screen: 'runs' });
    return;
  }
  const opened = await hone.imports.openFiles(others);
  const [only] = opened;
  if (opened.length === 1 && only) hone.router.go({ screen: 'dataset', datasetId: only.id });
  else if (opened.length > 1) hone.router.go({ screen: 'data' });
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
