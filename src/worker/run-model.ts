/** The model of a run on the device. */
import type { Settings } from '../core/settings/settings';
import type { Encoder } from '../engine/models/encoder';
import { placeModel, type ReadModel } from '../engine/models/read-model';
import type { LabelNames } from '../engine/tasks/classification/further-encoder';
import type { PreparedRun } from './run-data';

/**
 * Puts the model on the device: all of it where its word table is trained, else with the rows of the words that occur,
 * the test part's, the labels' names and noisy copies included.
 */
export function placeForRun(
  model: ReadModel,
  { trainEmbeddings }: Settings,
  { data, test }: Pick<PreparedRun, 'data' | 'test'>,
  names: LabelNames,
): Encoder {
  if (trainEmbeddings) return placeModel(model);
  const noisy = Object.values(data.noisy ?? {}).flat(2);
  const others = [...(test?.data.tokenIds ?? []), ...names.filter((ids) => ids !== null)];
  return placeModel(model, [...data.tokenIds, ...noisy, ...others]);
}
