/** What a run bundle is called, and how it is opened. */
import { exportFolder } from '../describe';

/** Its folder and, with `.zip`, its file: told from those of the run's model. */
export function bundleFolder(datasetName: string, runName: string): string {
  return `${exportFolder(datasetName, runName)}-run`;
}

/** How it is opened, a sentence a line. */
export function bundleUse(): string {
  return [
    'Drop it on this page, in this browser or another: the run is there again, with its data and report, to be tried and taken along.',
    'Run it again, on its page, gives the same figures on the same device.',
    'Python opens weights.safetensors, report.json and rows.jsonl as they are.',
  ].join('\n');
}
