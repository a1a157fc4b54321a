/** What was found out of a version after it was saved, put into its record: the rows and everything else stay. */
import type { Dataset, DatasetVersion } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { write } from './database';
import { demandVersion } from './rows';
import type { HoneDatabase } from './schema';

/** Facts by model are put beside those of other models. */
export type VersionFacts = Pick<DatasetVersion, 'languages' | 'coverage' | 'otherTallies'>;

/** Adds facts to a version and gives the record as it is then; throws `not-found` when the version is gone meanwhile. */
export async function addVersionFacts(
  database: HoneDatabase,
  id: string,
  number: number,
  { languages, coverage, otherTallies }: VersionFacts,
): Promise<Dataset> {
  return write(database, ['datasets'], 'What was found of the rows', async (transaction) => {
    const store = transaction.objectStore('datasets');
    const dataset = await store.get(id);
    if (dataset === undefined) {
      throw new AppError('not-found', 'This data set is not in this browser any more.', { details: { id } });
    }
    const version = demandVersion(dataset, number);
    const known: DatasetVersion = {
      ...version,
      ...(languages && { languages }),
      ...(coverage && { coverage: { ...version.coverage, ...coverage } }),
      ...(otherTallies && { otherTallies: { ...version.otherTallies, ...otherTallies } }),
    };
    const changed = { ...dataset, versions: dataset.versions.map((one) => (one === version ? known : one)) };
    await store.put(changed);
    return changed;
  });
}
