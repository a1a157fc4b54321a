/** What a report says of a run's data, model and device, known before its first step. */
import { countLabels } from '../core/data/task';
import type { ReportContext } from '../core/report/context';
import type { ModelManifest } from '../core/models/manifest';
import type { DeviceDescription } from '../core/run/record';
import type { Settings } from '../core/settings/settings';
import type { PreparedRun, RunRows } from './run-data';

export interface ContextParts {
  read: RunRows;
  prepared: PreparedRun;
  settings: Settings;
  manifest: ModelManifest;
  /** Of the encoders beside the first. */
  others: readonly ModelManifest[];
  device: DeviceDescription;
  browser: string;
}

export function contextOf({
  read,
  prepared,
  settings,
  manifest,
  others,
  device,
  browser,
}: ContextParts): ReportContext {
  const { dataset, version, rows } = read;
  const { data, test, plan, groupedRows, grouping, notes } = prepared;
  return {
    dataset: {
      name: dataset.name,
      version: version.number,
      rows: version.rowCount,
      labels: countLabels(rows),
      sha256: version.sha256,
      leftOutRows: version.leftOut,
      groupedRows,
      grouping,
      cutRows: data.cutRows,
    },
    model: modelOf(manifest),
    ...(others.length > 0 && { furtherModels: others.map(modelOf) }),
    settings,
    folds: plan.folds,
    backend: device.backend,
    device: { name: device.name, software: device.software, browser },
    rows: onlyRows(data),
    test: test && { ...onlyRows(test.data), source: test.source, ...(test.seen && { seen: test.seen }) },
    notes,
    findings: version.findings.map(({ id, title }) => ({ id, title })),
  };
}

function modelOf({ id, title, sha256, card }: ModelManifest): ReportContext['model'] {
  return { id, title, sha256, parameters: card.parameters, licence: card.licence || 'not said by its files' };
}

/** What a report needs of rows: tokens stay behind. */
function onlyRows({ labels, labelIndices, lines, texts, groups }: PreparedRun['data']): ReportContext['rows'] {
  return { labels, labelIndices, lines, texts, groups };
}
