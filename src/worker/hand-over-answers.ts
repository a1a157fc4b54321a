/** A run of written answers, read for a bigger machine: its rows in tokens, split as it split them, and the model that it began with. */
import { conversationOf } from '../core/data/conversations';
import { chatJson } from '../core/data/export';
import type { AnswerRow, AnswersHandOver } from '../core/export/hand-over/answer-rows';
import { answersHandOver } from '../core/export/hand-over/answers';
import { exportFolder, noticeFiles } from '../core/export/describe';
import { tokenIds, tokenizerFolder } from '../core/export/tokenizer-files';
import { AppError } from '../core/errors';
import { jsonFile } from '../core/formats/planned-file';
import { packedTensor } from '../core/formats/planned-tensor';
import { safetensorsFile } from '../core/formats/safetensors-writer';
import { huggingFaceConfig } from '../core/models/decoder-config';
import type { GenerationReport } from '../core/report/generation';
import type { Run } from '../core/run/record';
import { methodDefinition } from '../core/settings/methods';
import type { Settings } from '../core/settings/settings';
import { chatReaderOf } from '../core/text/chat-reader';
import { PLAIN_TEMPLATE } from '../core/text/chat-template';
import { parseConfig } from '../engine/models/llama/config';
import { readDecoder } from '../engine/models/read-model';
import { innerPart } from '../engine/tasks/generation/methods/generation-adapter';
import type { ReadOptions } from './exported-run';
import { handedBase } from './hand-over-base';
import type { HandedRun, HandOverChoice } from './handed-run';
import type { JobPorts } from './job-ports';
import { readNotices } from './read-notices';
import { type PreparedWriting, prepareWriting } from './write-data';
import { readWritingRows, type WritingRows } from './write-rows';

type Ports = Pick<JobPorts, 'database' | 'modelFiles'>;

/** Reads it. Throws as `readWritingRows`, `readDecoder`, and `data-unusable` where the rows are split otherwise than they were. */
export async function readHandedAnswers(
  { database, modelFiles }: Ports,
  { run, settings, report }: { run: Run; settings: Settings; report: GenerationReport },
  { trainer, withBase }: HandOverChoice,
  { signal, tell }: ReadOptions,
): Promise<HandedRun> {
  const source = modelFiles(run.modelId, {});
  const read = (file: string, stop?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => source.read(file, stop);
  const model = await readDecoder(
    { read },
    { signal, onProgress: ({ bytesLoaded, bytesTotal }) => tell(bytesLoaded, bytesTotal) },
  );
  const { manifest, tensors } = model;
  if (report.model.sha256 !== manifest.sha256) {
    throw new AppError(
      'model-damaged',
      'This run was trained on other weights than this version of the model has. Train it again.',
    );
  }
  const { chatTemplate = PLAIN_TEMPLATE, bosToken = null, eosToken, endIds = [] } = manifest.tokenizer;
  if (eosToken === undefined) {
    throw new AppError(
      'model-unsupported',
      'The model names no token that ends an answer, which every trainer asks for.',
    );
  }
  const reader = chatReaderOf(manifest.tokenizer, model.tokenizerJson);
  const rows = await readWritingRows(database, run.request);
  const { maxPositions } = parseConfig(manifest.config);
  // Near rows are for prompts with examples: those were answered in the browser.
  const neighbours = (): Promise<() => number[]> => Promise.resolve(() => []);
  const prepared = await prepareWriting(rows, run.request, settings, { reader, maxPositions, neighbours });
  demandSameRows(prepared, report);
  const tokenizer = {
    json: new TextDecoder().decode(await read(manifest.tokenizer.file, signal)),
    ...{ chatTemplate, bosToken, eosToken, endIds },
  };
  const ids = tokenIds(tokenizer);
  const config = parseConfig(manifest.config);
  const folder = exportFolder(run.datasetName, run.name, trainer.id);
  const planned = tensors.names.map((name) =>
    packedTensor(name, tensors.shape(name), 'float16', (from, to) => tensors.readLines(name, from, to)),
  );
  const base = handedBase(manifest, {
    files: [
      jsonFile('config.json', huggingFaceConfig(config, ids, 'float16')),
      jsonFile('generation_config.json', { bos_token_id: ids.bos, eos_token_id: ids.end, pad_token_id: ids.pad }),
      ...tokenizerFolder(tokenizer, config.maxPositions),
    ],
    weights: safetensorsFile('model.safetensors', planned),
    withBase,
  });
  const { heldOutIn, folds } = prepared.plan;
  const isApart = prepared.evaluation.kind !== 'folds';
  const countOf = (fold: number): number => heldOutIn.reduce((sum, of) => sum + (of === fold ? 1 : 0), 0);
  const learned = isApart ? countOf(-1) : heldOutIn.length;
  const handed: AnswersHandOver = {
    ...{ trainer, folder, run: { id: run.id, name: run.name }, settings, base, report, notes: prepared.notes },
    steps: methodDefinition(settings.method).steps(settings, learned),
    notices: noticeFiles(
      await readNotices(database, source, run.modelId, signal),
      { base: base.publicName ?? base.title, licence: manifest.card.licence || null },
      'its weights were unpacked to float16',
    ),
    rows: answerRows(rows, prepared),
    evaluation: prepared.evaluation,
    setAside: setAsideOf(rows, prepared, settings),
    trained: methodDefinition(settings.method).trained(settings, { layers: config.layers }),
    family: manifest.architecture,
    decoding: prepared.plan.decoding,
    padId: ids.pad ?? 0,
    endIds: ids.end,
  };
  return {
    ...{ folder, files: answersHandOver(handed) },
    rows: isApart
      ? { training: learned, byFold: [], heldOut: countOf(0) }
      : { training: learned, byFold: Array.from({ length: folds }, (_, fold) => countOf(fold)), heldOut: 0 },
  };
}

function allRows({ rows, testFile }: WritingRows): WritingRows['rows'] {
  return testFile === null ? rows : [...rows, ...testFile.rows];
}

function answerRows(read: WritingRows, { data, plan }: PreparedWriting): AnswerRow[] {
  const asked = new Map(
    Array.from({ length: plan.folds }, (_, fold) => plan.heldOut(fold)).flatMap((held) =>
      held.map(({ row, base }) => [row, base.prompt] as const),
    ),
  );
  return allRows(read).flatMap((row, i): AnswerRow[] => {
    const example = data.examples[i];
    const fold = plan.heldOutIn[i] ?? -1;
    if (example === undefined) return [];
    return [
      {
        ...{
          id: row.rowId,
          line: row.line,
          fold: fold < 0 ? null : fold,
          asked: row.text,
          wanted: row.target,
          example,
        },
        chat: chatJson(conversationOf(row)),
        prompt: asked.get(i) ?? null,
      },
    ];
  });
}

/** By fold, the rows that its fit chooses a length by. */
function setAsideOf(read: WritingRows, { data, plan }: PreparedWriting, settings: Settings): number[][] {
  const all = allRows(read);
  return Array.from({ length: plan.folds }, (_, fold) => {
    const rows = Int32Array.from(all.keys()).filter((row) => plan.heldOutIn[row] !== fold);
    const { part } = innerPart({ data, settings }, { rows, fold });
    return Array.from(part?.held ?? [], (row) => all[row]?.rowId ?? 0);
  });
}

/** Held-out rows are drawn anew from the seed: those that the report has must be the same. */
function demandSameRows({ plan, rows }: PreparedWriting, report: GenerationReport): void {
  const held = new Map<string, number>();
  for (const [i, line] of rows.lines.entries()) {
    const fold = plan.heldOutIn[i] ?? -1;
    if (fold >= 0) held.set(`${line} ${rows.answers[i] ?? ''}`, fold);
  }
  const other = report.generation.samples.find(({ line, wanted, fold }) => held.get(`${line} ${wanted}`) !== fold);
  if (report.evaluation.k === plan.folds && other === undefined) return;
  throw new AppError(
    'data-unusable',
    'The rows of this run are not split any more as they were: its data set or its test file has been changed since. ' +
      'Train it again, then hand that over.',
  );
}
