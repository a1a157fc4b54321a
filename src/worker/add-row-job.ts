/** Adds an answer that a person wrote to a data set, as a row of a new version. */
import { askedWords } from '../core/data/conversations';
import type { Dataset, Row } from '../core/data/dataset';
import { fingerprintRows } from '../core/data/fingerprint';
import { AppError } from '../core/errors';
import type { ChatMessage } from '../core/text/conversation';
import { getDataset, listFindingRows } from '../storage/datasets';
import { demandVersion, getRows } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';
import { saveVersion } from '../storage/versions';
import type { DataCommand } from './protocol';

type AddRow = Extract<DataCommand, { type: 'add-row' }>;

interface Ports {
  database: HoneDatabase;
  now(): number;
}

/**
 * To the current version. Where rows keep messages, what was said before goes with it; where each is one question and one
 * answer, the last question does. What is known of the tokens is found anew; findings stay with the rows that they are of.
 * Throws `not-found` when the set is gone, `data-unusable` for one of labels.
 */
export async function addRow({ database, now }: Ports, { datasetId, messages, answer }: AddRow): Promise<Dataset> {
  const dataset = await getDataset(database, datasetId);
  if (dataset === null) throw new AppError('not-found', 'This data set is not in this browser any more.');
  if (dataset.task !== 'generation') throw new AppError('data-unusable', `«${dataset.name}» has labels, no answers.`);
  const base = demandVersion(dataset, dataset.currentVersion);
  const rows = await getRows(database, dataset, base.number);
  const row = rowOf(messages, answer, {
    line: dataset.nextRowId,
    inChats: rows.some((one) => one.messages !== undefined),
    inParts: base.parts !== undefined,
  });
  const { number, base: _base, changes: _changes, chunks: _chunks, rowCount: _rows, ...said } = base;
  const { tokenTally: _tally, otherTallies: _others, coverage: _coverage, ...kept } = said;
  const saved = await saveVersion(database, datasetId, {
    base: number,
    version: {
      ...kept,
      createdAt: now(),
      note: 'Added a corrected answer',
      sha256: fingerprintRows([...rows, { ...row, rowId: dataset.nextRowId }], dataset.task),
      ...(base.parts && { parts: { ...base.parts, train: base.parts.train + 1 } }),
    },
    added: [{ row, tokens: null }],
    findingRows: await listFindingRows(database, datasetId, number),
  });
  return saved.dataset;
}

/** `inParts`: what a person adds is to be trained on. */
function rowOf(
  messages: readonly ChatMessage[],
  answer: string,
  { line, inChats, inParts }: { line: number; inChats: boolean; inParts: boolean },
): Omit<Row, 'rowId'> {
  const whole: ChatMessage[] = [...messages, { role: 'assistant', content: answer }];
  const question = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return {
    line,
    text: inChats ? askedWords(whole) : question,
    target: answer,
    ...(inChats && { messages: whole }),
    ...(inParts && { part: 'train' as const }),
  };
}
