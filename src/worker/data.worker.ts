/**
 * The data worker: takes commands of the page and answers. Files are read one after the other; clearing up after dead
 * runs may wait long for their lock, and so goes on beside. What it does stands in the jobs.
 */
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { AppError, toErrorData } from '../core/errors';
import { createTokenizer, type Tokenizer } from '../core/text/tokenizer';
import { openDatabase } from '../storage/database';
import { type ImportPorts, runImport, runRecheck, runReread } from './import-job';
import { keepModel, type KeepPorts } from './keep-model';
import { createModelSource } from './model-source';
import { type DataCommand, type DataEvent, demandVersion, type OpenCommand } from './protocol';
import { finishInterrupted, recoverRuns } from './recover';
import { awaitRunLock, tryRunLock, whenNoRunWorks } from './run-lock';

type Command = Exclude<DataCommand, { type: 'open' }>;

type Ports = ImportPorts & KeepPorts;

let ports: Promise<Ports> | null = null;
let lastFile: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<DataCommand>) => {
  switch (data.type) {
    case 'open':
      ports = open(data);
      // Whoever asks next is told; nobody asking is no fault.
      ports.catch(() => undefined);
      break;
    case 'recover':
    case 'recheck':
    case 'finish-run':
    case 'keep-model':
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
  try {
    if (ports === null) throw new AppError('internal', 'The worker was not opened.');
    await answer(await ports, command);
  } catch (error) {
    post({ type: 'failed', requestId: command.requestId, error: toErrorData(error) });
  }
}

async function answer(ports: Ports, command: Command): Promise<void> {
  switch (command.type) {
    case 'import':
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
      return keepModel(ports, command.requestId);
    default:
      command satisfies never;
  }
}

async function open({ version, baseUrl }: OpenCommand): Promise<Ports> {
  demandVersion(version);
  const database = await openDatabase();
  const modelId = DEFAULT_MODEL_ID;
  let tokenizer: Promise<Tokenizer> | null = null;
  return {
    database,
    modelId,
    modelFiles: (hooks) => createModelSource({ database, modelId, baseUrl, ...hooks }),
    post,
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

function post(event: DataEvent): void {
  postMessage(event);
}
