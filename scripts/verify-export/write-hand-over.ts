/**
 * Writes what `check-hand-over.py` tries: a tiny run that sorts and a tiny run of written answers, handed over to every trainer,
 * the masks that the page's own token view shows of fifty rows, and the batches that its seed draws.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conversationOf } from '../../src/core/data/conversations';
import type { Row } from '../../src/core/data/dataset';
import { createRandom, deriveSeed } from '../../src/core/random';
import { parseReport } from '../../src/core/report/parse-report';
import { trainingBatches } from '../../src/core/text/batches';
import { chatReaderOf } from '../../src/core/text/chat-reader';
import { encodeExample } from '../../src/core/text/examples';
import { tokenRuns } from '../../src/core/text/token-view';
import { readDecoder } from '../../src/engine/models/read-model';
import { spamRows } from '../../tests/helpers/job';
import { builtInModel } from '../../tests/helpers/models';
import { tinyModelFiles } from '../../tests/helpers/tiny-model';
import { tinyWriterFiles } from '../../tests/helpers/tiny-writer';
import { handOver, labelledRows, trainedRun } from './hand-over-runs';

const WRITER = 'SmolLM2-135M-Instruct';
const MASKED_ROWS = 50;
const LONGEST = 512;

type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** Writes all of it under `folder`. */
export async function writeHandOver(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await writeLabels(join(folder, 'trainer'));
  await writeAnswers(folder);
  writeFileSync(join(folder, 'order.json'), JSON.stringify(drawn()));
}

/** The run that the figures of README are of: TREC-6, 64 rows a label, the last two layers. */
export async function writeTrec(data: string, folder: string): Promise<void> {
  const run = await trainedRun({
    method: 'top-layers',
    rows: labelledRows(join(data, 'train_64shot.jsonl')),
    test: labelledRows(join(data, 'test.jsonl')),
    evaluation: { folds: 2, test: { kind: 'file', datasetId: 'test' } },
    choices: { layers: 2, nEpochs: 6, maxLength: 64, recipe: 'plain', earlyStoppingPatience: 0 },
  });
  await handOver(run, 'hand-over:trainer-ray', folder);
}

/** Reads a report that a script wrote, as the page does when it is dropped. */
export function readBack(path: string): void {
  parseReport(JSON.parse(readFileSync(path, 'utf8')));
}

async function writeLabels(folder: string): Promise<void> {
  const files = withNotices(tinyModelFiles());
  const run = await trainedRun({
    method: 'top-layers',
    rows: spamRows(150),
    test: spamRows(20, 5),
    evaluation: { folds: 2, test: { kind: 'file', datasetId: 'test' } },
    // Without dropout, so that one process and two take the same steps to the last digits.
    choices: {
      ...{ layers: 1, nEpochs: 3, maxLength: 32, batchSize: 8, gradientAccumulation: 3, dropout: 0, recipe: 'plain' },
      ...{ classWeight: 'balanced', learningRate: 1e-2, headLearningRate: 3e-2, l1: 1e-4, l2: 1e-4 },
      earlyStoppingPatience: 0,
    },
    modelFiles: () => ({ read: (file) => fileOf(files, file) }),
  });
  await handOver(run, 'hand-over:trainer-ray', folder);
}

async function writeAnswers(folder: string): Promise<void> {
  const files = withNotices(tinyWriterFiles());
  const rows = maskedRows();
  const run = await trainedRun({
    ...{ method: 'generation-adapter', rows, test: null, modelId: WRITER },
    evaluation: { folds: 1, test: { kind: 'hold-out', share: 0.2 } },
    choices: { nEpochs: 1, rank: 2, maxLength: LONGEST, learningRate: 0.01, gradientAccumulation: 2, maxSteps: 3 },
    modelFiles: (id) => (id === WRITER ? { read: (file) => fileOf(files, file) } : builtInModel(id)),
  });
  await handOver(run, 'hand-over:trl-ray', join(folder, 'trl'));
  for (const id of ['axolotl', 'llama-factory'] as const) await handOver(run, `hand-over:${id}`, join(folder, id));
  const model = await readDecoder({ read: (file) => fileOf(files, file) });
  const reader = chatReaderOf(model.manifest.tokenizer, model.tokenizerJson);
  const masks = rows.map((row) => {
    const example = encodeExample(reader, conversationOf(row), LONGEST);
    const runs = tokenRuns(example);
    return {
      id: row.rowId,
      ids: [...example.ids],
      trained: [...example.trained],
      shown: runs.filter(({ use }) => use === 'trained').map(({ text }) => text),
    };
  });
  writeFileSync(join(folder, 'masks.json'), JSON.stringify(masks));
}

/** Questions with their SQL, and chats of several turns, system messages and answers that are not learned. */
function maskedRows(): Row[] {
  const questions = readFileSync('tests/fixtures/geoquery.jsonl', 'utf8').trim().split('\n').slice(0, 38);
  const asked = questions.map((line, i): Row => {
    const { prompt, completion } = JSON.parse(line) as { prompt: string; completion: string };
    return { rowId: i + 1, line: i + 1, text: prompt, target: completion };
  });
  const chats = Array.from({ length: MASKED_ROWS - asked.length }, (_, i): Row => {
    const at = asked.length + i + 1;
    const [first, second] = [`I lost parcel ${at}.`, `And my refund ${at}?`];
    return {
      ...{ rowId: at, line: at, text: `${first}\n\n${second}`, target: `It is on its way ${at}.` },
      messages: [
        ...(i % 3 === 0 ? [{ role: 'system' as const, content: 'You are <|im_end|> kind.' }] : []),
        { role: 'user', content: first },
        { role: 'assistant', content: 'I am looking.', ...(i % 2 === 0 && { weight: 0 as const }) },
        { role: 'user', content: second },
        { role: 'assistant', content: `It is on its way ${at}.` },
      ],
    };
  });
  return [...asked, ...chats];
}

function drawn() {
  const lengths = Array.from({ length: 137 }, (_, i) => 3 + ((i * 7919) % 61));
  const epochs = [0, 1, 2].map((epoch) => trainingBatches(lengths, 8, createRandom(deriveSeed(42, 'order', 3, epoch))));
  return { lengths, batch_size: 8, seed: 42, fold: 3, epochs };
}

function withNotices(files: Files): Files {
  for (const file of ['LICENSE', 'NOTICE']) files.set(file, Uint8Array.from(new TextEncoder().encode(`The ${file}.`)));
  return files;
}

function fileOf(files: Files, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = files.get(file);
  return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`${file} is asked for.`));
}
