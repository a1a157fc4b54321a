/**
 * A dropped run bundle: read whole and checked, then kept in one transaction. A run that is here already is shown as it is, and
 * is read only where a data set of it is not here any more: that comes back.
 */
import type { Dataset } from '../core/data/dataset';
import { AppError } from '../core/errors';
import type { BundleManifest, BundleModel } from '../core/export/bundle/manifest';
import { openBundle } from '../core/export/bundle/open-bundle';
import { readBundle } from '../core/export/bundle/read-bundle';
import { rowsFile, type SetFolder } from '../core/export/bundle/run-bundle';
import { blobSource } from '../core/formats/byte-source';
import { parseManifest } from '../core/models/manifest';
import { isOwnModel } from '../core/models/own-id';
import { MODELS } from '../core/models/registry';
import type { Run } from '../core/run/record';
import { importShare } from '../core/import/progress';
import { formatBytes } from '../core/words/numbers';
import { saveBundle, testOf } from '../storage/bundles';
import { getDataset } from '../storage/datasets';
import { listModelFiles } from '../storage/models';
import { getRun } from '../storage/runs';
import type { HoneDatabase } from '../storage/schema';
import type { KeepPorts } from './keep-model';
import type { ModelFiles } from './model-files';
import type { DataCommand, DataEvent } from './protocol';

type Import = Extract<DataCommand, { type: 'import' }>;

export interface BundlePorts {
  database: HoneDatabase;
  post(event: DataEvent): void;
  room: KeepPorts['room'];
  modelFiles(id: string): Pick<ModelFiles, 'read'>;
}

const MODEL_MANIFEST = 'manifest.json';

/**
 * Opens a file that is a run bundle, and says so; false for any other, of which nothing was said. Throws `file-unreadable` with
 * what is wrong with it, `storage-full` where there is no room, `model-unsupported` where it stands on a model that is not here.
 */
export async function importBundle(ports: BundlePorts, { requestId, blob, fileName }: Import): Promise<boolean> {
  const { database, post } = ports;
  const opened = await openBundle(blobSource(fileName, blob));
  if (opened === null) return false;
  const { manifest, parts, bytes: bytesTotal } = opened;
  const here = await getRun(database, manifest.run);
  if (here !== null) {
    const sets = await setsOf(database, here, manifest);
    if (!sets.includes(null)) {
      const datasets = sets.filter((set) => set !== null);
      post({ type: 'bundle-opened', requestId, run: here, datasets, already: true, back: [], toBring: [] });
      return true;
    }
  }
  const toBring = here === null ? await missingModels(ports, fileName, manifest) : [];
  await demandRoom(ports, fileName, bytesTotal);
  const rows = (manifest.data?.rows ?? 0) + (manifest.test?.rows ?? 0);
  const tell = (phase: 'reading' | 'saving', done: number): void => {
    const isRead = phase === 'saving';
    const share = phase === 'reading' ? done / Math.max(1, bytesTotal) : done / Math.max(1, rows);
    post({
      ...{ type: 'import-progress', requestId, phase, progress: isRead ? importShare('saving', share) : 0.9 * share },
      ...{ bytesRead: isRead ? bytesTotal : done, bytesTotal, rows: isRead ? done : 0 },
    });
  };
  const bundle = await readBundle(parts, manifest, { tell: (bytes) => tell('reading', bytes) });
  const hashes = { data: hashOf(manifest, 'data'), test: hashOf(manifest, 'test') };
  const saved = await saveBundle(database, bundle, { hashes, onRows: (done) => tell('saving', done) });
  post({ type: 'bundle-opened', requestId, ...saved, toBring });
  return true;
}

/** The data sets of a run which is here that the bundle has too; null for each that was deleted. */
async function setsOf(
  database: HoneDatabase,
  run: Run,
  { data, test }: Pick<BundleManifest, 'data' | 'test'>,
): Promise<(Dataset | null)[]> {
  const testId = testOf(run);
  const ids = [...(data === null ? [] : [run.datasetId]), ...(test === null || testId === null ? [] : [testId])];
  return Promise.all(ids.map((id) => getDataset(database, id)));
}

/** Models that the person brought along where the run was made and that are not here. Throws where another one can never be. */
async function missingModels(ports: BundlePorts, fileName: string, { models }: BundleManifest): Promise<BundleModel[]> {
  const missing: BundleModel[] = [];
  for (const model of models) {
    const { id, title, sha256 } = model;
    if (isOwnModel(id)) {
      if (!(await listModelFiles(ports.database, id)).includes(MODEL_MANIFEST)) missing.push(model);
      continue;
    }
    const isKnown = MODELS.some((one) => one.id === id);
    const here = isKnown ? await shaOf(ports, id) : '';
    if (isKnown && (here === null || sha256 === '' || here === sha256)) continue;
    throw new AppError(
      'model-unsupported',
      `${fileName} could not be opened: its run stands on ${title}${isKnown ? ' in another version' : ''} (SHA-256 ` +
        `${sha256.slice(0, 12)}…), which this version of Hone does not have. Nothing was kept. Open it with the version that wrote it.`,
      { details: { file: fileName, model: id } },
    );
  }
  return missing;
}

/** Of a built-in model's weights; null where neither the network nor the storage has its manifest: it is loaded later or never. */
async function shaOf({ modelFiles }: BundlePorts, id: string): Promise<string | null> {
  try {
    return parseManifest(new TextDecoder().decode(await modelFiles(id).read(MODEL_MANIFEST))).sha256;
  } catch (error) {
    if (error instanceof AppError && error.code === 'model-missing') return null;
    throw error;
  }
}

async function demandRoom({ room }: BundlePorts, fileName: string, needed: number): Promise<void> {
  const free = await room();
  if (free === null || free >= needed) return;
  throw new AppError(
    'storage-full',
    `${fileName} needs ${formatBytes(needed)}, and this browser has ${formatBytes(free)} left for Hone. Nothing was kept. Delete ` +
      'runs, data sets or models that you no longer need, then drop it again.',
    { details: { needed, free } },
  );
}

function hashOf({ files }: BundleManifest, folder: SetFolder): string {
  return files.find(({ path }) => path === rowsFile(folder))?.sha256 ?? '';
}
