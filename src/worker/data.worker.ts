/**
 * The data worker: takes commands of the page and answers. Files are read one after the other; clearing up after dead
 * runs may wait long for their lock, and so goes on beside. What it does stands in the jobs.
 */
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { AppError, toErrorData } from '../core/errors';
import { createTokenizer, type Tokenizer } from '../core/text/tokenizer';
import { openDatabase } from '../storage/database';
import { addRow } from './add-row-job';
import { browserCheckTools } from './check-tools';
import { type ImportPorts, runImport, runRecheck, runReread } from './import-job';
import { type JudgePorts, judgeReport } from './judge-job';
import { keepModel, type KeepPorts } from './keep-model';
import { createModelSource } from './model-source';
import { importBundle } from './open-bundle-job';
import { inspectModel, keepOwnModel } from './own-model-job';
import { type DataCommand, type DataEvent, demandVersion, type OpenCommand } from './protocol';
import { finishInterrupted, recoverRuns } from './recover';
import { awaitRunLock, tryRunLock, whenNoRunWorks } from './run-lock';
import { suggestChecksOf } from './suggest-checks-job';
import { surveyRows, tellLanguages } from './survey-job';
import { TokenViewJob } from './token-view-job';

type Command = Exclude<DataCommand, { type: 'open' | 'cancel-request' }>;

type Ports = ImportPorts & KeepPorts & JudgePorts & { tokenViews: TokenViewJob };

/** What can be stopped while it works. */
const stoppable = new Map<string, AbortController>();
let ports: Promise<Ports> | null = null;
let lastFile: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<DataCommand>) => {
  switch (data.type) {
    case 'open':
      ports = open(data);
      // Whoever asks next is told; nobody asking is no fault.
      ports.catch(() => undefined);
      break;
    case 'cancel-request':
      stoppable.get(data.requestId)?.abort();
      break;
    case 'recover':
    case 'recheck':
    case 'finish-run':
    case 'keep-model':
    case 'inspect-model':
    case 'keep-own-model':
    case 'survey-rows':
    case 'tell-languages':
    case 'add-row':
    case 'view-tokens':
    case 'judge-report':
    case 'suggest-checks':
      void handle(data);
      break;
    case 'import':
    case 'reread':
      lastFile = lastFile.then(() => handle(data));
      break;
    default:
      data satisfies never;
  }
});

async function handle(command: Command): Promise<void> {
  const { requestId } = command;
  const stop = new AbortController();
  stoppable.set(requestId, stop);
  try {
    if (ports === null) throw new AppError('internal', 'The worker was not opened.');
    await answer(await ports, command, stop.signal);
  } catch (error) {
    post({ type: 'failed', requestId, error: toErrorData(error) });
  } finally {
    stoppable.delete(requestId);
  }
}

async function answer(ports: Ports, command: Command, signal: AbortSignal): Promise<void> {
  switch (command.type) {
    case 'import':
      if (await importBundle(ports, command)) return;
      return runImport(ports, command);
    case 'reread':
      return runReread(ports, command);
    case 'recheck':
      return runRecheck(ports, command);
    case 'recover': {
      const recovered = await recoverRuns({ ...ports, tryLock: awaitRunLock, lock: whenNoRunWorks }, command.seen);
      return post({ type: 'recovered', requestId: command.requestId, ...recovered });
    }
    case 'finish-run':
      await finishInterrupted({ ...ports, tryLock: tryRunLock }, command.runId);
      return post({ type: 'run-finished', requestId: command.requestId });
    case 'keep-model':
      return keepModel(ports, command, signal);
    case 'inspect-model':
      return inspectModel(ports, command);
    case 'keep-own-model':
      return keepOwnModel(ports, command, signal);
    case 'survey-rows':
      return surveyRows(ports, command, signal);
    case 'tell-languages':
      return tellLanguages(ports, command);
    case 'add-row':
      return post({ type: 'row-added', requestId: command.requestId, dataset: await addRow(ports, command) });
    case 'view-tokens': {
      const view = await ports.tokenViews.view(command, signal);
      return post({ type: 'tokens-viewed', requestId: command.requestId, view });
    }
    case 'judge-report':
      await judgeReport(ports, command);
      return post({ type: 'report-judged', requestId: command.requestId });
    case 'suggest-checks': {
      const checks = await suggestChecksOf(ports, command);
      return post({ type: 'checks-suggested', requestId: command.requestId, checks });
    }
    default:
      command satisfies never;
  }
}

async function open({ version, baseUrl }: OpenCommand): Promise<Ports> {
  demandVersion(version);
  const database = await openDatabase();
  const modelId = DEFAULT_MODEL_ID;
  let tokenizer: Promise<Tokenizer> | null = null;
  const modelFiles: Ports['modelFiles'] = (id, hooks = {}) =>
    createModelSource({ database, modelId: id, baseUrl, ...hooks });
  return {
    database,
    modelFiles,
    tokenViews: new TokenViewJob({ database, modelFiles }),
    checkTools: browserCheckTools(),
    post,
    room: roomLeft,
    now: () => Date.now(),
    newId: () => crypto.randomUUID(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    tokenizer() {
      tokenizer ??= loadTokenizer(createModelSource({ database, modelId, baseUrl }));
      // A failed load is tried again at the next import.
      tokenizer.catch(() => (tokenizer = null));
      return tokenizer;
    },
  };
}

async function loadTokenizer(source: ReturnType<typeof createModelSource>): Promise<Tokenizer> {
  return createTokenizer(JSON.parse(new TextDecoder().decode(await source.read('tokenizer.json'))));
}

/** Not every browser tells, and not in a private window. */
async function roomLeft(): Promise<number | null> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return usage === undefined || quota === undefined ? null : Math.max(0, quota - usage);
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

function post(event: DataEvent): void {
  postMessage(event);
}
