/** Which checks the wanted answers of a version suggest, before a run is asked for. */
import type { CheckSpec, CheckTools } from '../core/checks/check';
import { suggestChecks } from '../core/checks/registry';
import { AppError } from '../core/errors';
import { lookedPlaces } from '../core/text/language-tally';
import { getDataset } from '../storage/datasets';
import { demandVersion, getRowsAt } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';

interface Ports {
  database: HoneDatabase;
  checkTools: CheckTools;
}

/** Of many rows some are looked at, evenly spread. Throws `not-found` where the version is gone. */
export async function suggestChecksOf(
  { database, checkTools }: Ports,
  { datasetId, version }: { datasetId: string; version: number },
): Promise<CheckSpec[]> {
  const dataset = await getDataset(database, datasetId);
  if (dataset === null) throw new AppError('not-found', 'This data set is not in this browser any more.');
  const { rowCount } = demandVersion(dataset, version);
  const found = await getRowsAt(database, dataset, version, lookedPlaces(rowCount));
  const answers = found.flatMap((one) => (one ? [one.row.target] : []));
  const looked =
    answers.length < rowCount
      ? { one: 'answer looked at', many: 'answers looked at' }
      : { one: 'answer', many: 'answers' };
  return suggestChecks(answers, checkTools, looked);
}
