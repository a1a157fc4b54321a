/**
 * What is asked of the rows of a saved version: in which languages they are, and how much of them a model's tokenizer can
 * make out; to a model that writes, a row is as long as the conversation that it learns. The answer goes into the version's
 * record. Rows are read chunk by chunk, so that an import in the same worker goes on between two of them, and a question
 * can be taken back.
 */
import { conversationOf } from '../core/data/conversations';
import type { Dataset, DatasetVersion } from '../core/data/dataset';
import { AppError } from '../core/errors';
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { addCoverage, type Coverage, coverageOf } from '../core/text/coverage';
import { detectLanguage } from '../core/text/detect-language';
import { lookedPlaces, tallyLanguages } from '../core/text/language-tally';
import { surveyTexts } from '../core/text/surveys';
import { TokenTallier } from '../core/text/token-tally';
import { type ChatReader, encodeExample } from '../core/text/examples';
import type { Row } from '../core/data/dataset';
import { getDataset } from '../storage/datasets';
import { demandVersion, getRowsAt, rowChunks } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';
import { addVersionFacts } from '../storage/version-facts';
import type { KeepPorts } from './keep-model';
import type { DataCommand } from './protocol';
import { MAX_COUNTED_TOKENS } from './token-checks';
import { loadReader } from './tokenizer-files';

type SurveyRows = Extract<DataCommand, { type: 'survey-rows' }>;
type TellLanguages = Extract<DataCommand, { type: 'tell-languages' }>;
type Ports = Pick<KeepPorts, 'database' | 'post' | 'modelFiles'>;

/** Rejects with `not-found` where the version is gone, with `model-missing` where the tokenizer does not come, and `cancelled`. */
export async function surveyRows(ports: Ports, command: SurveyRows, signal: AbortSignal): Promise<void> {
  const { database, post } = ports;
  const { requestId, datasetId, version: number, modelId } = command;
  const { dataset, version } = await demandRows(database, datasetId, number);
  const { tokenizer, chat } = await loadReader(ports.modelFiles(modelId), signal);
  const tallier = new TokenTallier();
  let coverage: Coverage = coverageOf(surveyTexts([], tokenizer, 0));
  let surveyed = 0;
  for await (const { rows } of rowChunks(database, dataset, number)) {
    if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
    const tell = (done: number): void =>
      post({ type: 'survey-progress', requestId, rows: surveyed + done, rowsTotal: version.rowCount });
    const surveys = surveyTexts(rows, tokenizer, MAX_COUNTED_TOKENS, tell);
    tallier.add(chat === null ? surveys.tokens : exampleLengths(rows, chat));
    coverage = addCoverage(coverage, coverageOf(surveys));
    surveyed += rows.length;
  }
  const changed = await addVersionFacts(database, datasetId, number, {
    coverage: { [modelId]: coverage },
    // The first model's stand beside the rows.
    ...(modelId !== DEFAULT_MODEL_ID && { otherTallies: { [modelId]: tallier.tally() } }),
  });
  post({ type: 'surveyed', requestId, dataset: changed });
}

/** Rejects with `not-found` where the version is gone. */
export async function tellLanguages(ports: Ports, { requestId, datasetId, version }: TellLanguages): Promise<void> {
  const { dataset, version: record } = await demandRows(ports.database, datasetId, version);
  const found = await getRowsAt(ports.database, dataset, version, lookedPlaces(record.rowCount));
  const rows = found.flatMap((one) => (one ? [one.row] : []));
  const languages = tallyLanguages(rows, detectLanguage);
  ports.post({
    type: 'surveyed',
    requestId,
    dataset: await addVersionFacts(ports.database, datasetId, version, { languages }),
  });
}

async function demandRows(
  database: HoneDatabase,
  datasetId: string,
  number: number,
): Promise<{ dataset: Dataset; version: DatasetVersion }> {
  const dataset = await getDataset(database, datasetId);
  if (dataset === null) throw new AppError('not-found', 'This data set is not in this browser any more.');
  return { dataset, version: demandVersion(dataset, number) };
}

function exampleLengths(rows: readonly Row[], chat: ChatReader): Int32Array {
  return Int32Array.from(rows, (row) => encodeExample(chat, conversationOf(row)).ids.length);
}
