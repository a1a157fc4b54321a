import '../helpers/storage';
import { expect, test } from 'vitest';
import type { Row } from '../../src/core/data/dataset';
import { fingerprintRows } from '../../src/core/data/fingerprint';
import type { ChatMessage } from '../../src/core/text/conversation';
import { saveDataset } from '../../src/storage/datasets';
import { getRows } from '../../src/storage/rows';
import { addRow } from '../../src/worker/add-row-job';
import { freshDatabase, sampleDataset, sampleRows } from '../helpers/storage';

const messages: ChatMessage[] = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi.' },
  { role: 'user', content: 'Where is it?' },
];
const command = { type: 'add-row', requestId: 'q', datasetId: 'a', messages, answer: 'On its way.' } as const;

async function open(change: (row: Row) => Row, task: 'generation' | 'classification' = 'generation') {
  const database = await freshDatabase();
  const rows = sampleRows(3).map(change);
  const dataset = { ...sampleDataset('a', rows), task };
  await saveDataset(database, { dataset, rows, tokenCounts: null, file: null });
  return { database, now: () => 99, dataset };
}

test('a corrected answer is a row of a new version, which is the current one; the others stay as they are', async () => {
  const ports = await open((row) => row);
  const before = ports.dataset.versions[0];
  const dataset = await addRow(ports, { ...command, messages: [...messages] });
  const [old, added] = dataset.versions;
  expect([dataset.currentVersion, dataset.nextRowId]).toEqual([2, ports.dataset.nextRowId + 1]);
  expect(old?.sha256).toBe(before?.sha256);
  expect(added).toMatchObject({ rowCount: 4, createdAt: 99, note: 'Added a corrected answer' });
  expect(added?.tokenTally).toBeUndefined();
  const rows = await getRows(ports.database, dataset, 2);
  expect(added?.sha256).toBe(fingerprintRows(rows, 'generation'));
  // Rows of one question and one answer stay such: what was said before has no place there.
  expect(rows.at(-1)).toEqual({
    rowId: ports.dataset.nextRowId,
    line: ports.dataset.nextRowId,
    text: 'Where is it?',
    target: 'On its way.',
  });
});

test('in a set of chats system message and earlier turns go with it', async () => {
  const chat: ChatMessage[] = [
    { role: 'system', content: 's' },
    { role: 'user', content: 'u' },
    { role: 'assistant', content: 'a' },
  ];
  const ports = await open((row) => ({ ...row, messages: chat }));
  const dataset = await addRow(ports, { ...command, messages: [...messages] });
  const row = (await getRows(ports.database, dataset, 2)).at(-1);
  expect(row?.messages).toEqual([...messages, { role: 'assistant', content: 'On its way.' }]);
  expect(row?.text).toBe('Hello\n\nWhere is it?');
});

test('a set of labels takes no answer, and one that is gone says so', async () => {
  const ports = await open((row) => row, 'classification');
  await expect(addRow(ports, { ...command, messages: [] })).rejects.toMatchObject({ code: 'data-unusable' });
  await expect(addRow(ports, { ...command, messages: [], datasetId: 'b' })).rejects.toMatchObject({
    code: 'not-found',
  });
});
