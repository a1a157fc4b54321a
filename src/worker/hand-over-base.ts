/** The model that a run began with, as it goes into a folder that is handed over. */
import { baseForm, baseName } from '../core/export/describe';
import type { HandOverBase } from '../core/export/hand-over/hand-over';
import { AppError } from '../core/errors';
import type { PlannedFile } from '../core/formats/planned-file';
import type { ModelManifest } from '../core/models/manifest';

/** Throws `model-unsupported` where weights are to be fetched by name and the model has none. */
export function handedBase(
  manifest: Pick<ModelManifest, 'id' | 'title' | 'card' | 'sha256' | 'tensors'>,
  { files, weights, withBase }: { files: PlannedFile[]; weights: PlannedFile; withBase: boolean },
): HandOverBase {
  const name = baseName(manifest);
  const publicName = name.includes('/') ? name : null;
  if (!withBase && publicName === null) {
    throw new AppError(
      'model-unsupported',
      `${manifest.title} was brought along: no public name of it is known. Save the folder with its weights.`,
    );
  }
  return {
    ...{ id: manifest.id, title: manifest.title, sha256: manifest.sha256, publicName, files },
    form: baseForm(manifest.tensors.map(({ dtype }) => dtype)),
    licence: manifest.card.licence || 'not named by its files',
    weights: withBase ? weights : null,
  };
}
