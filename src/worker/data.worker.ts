/** The data worker: takes commands of the page, one after the other, and answers. What it does stands in the jobs. */
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { AppError, toErrorData } from '../core/errors';
import { createTokenizer, type Tokenizer } from '../core/text/tokenizer';
import { openDatabase } from '../storage/database';
import { type ImportPorts, runImport, runReread } from './import-job';
import { createModelSource } from './model-source';
import { type DataCommand, type DataEvent, demandVersion, type OpenCommand } from './protocol';
import { recoverRuns } from './recover';
import { awaitRunLock } from './run-lock';

let ports: Promise<ImportPorts> | null = null;
let last: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<DataCommand>) => {
  last = last.then(() => handle(data));
});

async function handle(command: DataCommand): Promise<void> {
  if (command.type === 'open') {
    ports = open(command);
    // Whoever asks next is told; nobody asking is no fault.
    ports.catch(() => undefined);
    return;
  }
  try {
    if (ports === null) throw new AppError('internal', 'The worker was not opened.');
    await answer(await ports, command);
  } catch (error) {
    post({ type: 'failed', requestId: command.requestId, error: toErrorData(error) });
  }
}

async function answer(ports: ImportPorts, command: Exclude<DataCommand, { type: 'open' }>): Promise<void> {
  switch (command.type) {
    case 'import':
      return runImport(ports, command);
    case 'reread':
      return runReread(ports, command);
    case 'recover': {
      const runIds = await recoverRuns({ ...ports, tryLock: awaitRunLock }, command.seen);
      return post({ type: 'recovered', requestId: command.requestId, runIds });
    }
    default:
      command satisfies never;
  }
}

async function open({ version, baseUrl }: OpenCommand): Promise<ImportPorts> {
  demandVersion(version);
  const database = await openDatabase();
  let tokenizer: Promise<Tokenizer> | null = null;
  return {
    database,
    post,
    now: () => Date.now(),
    newId: () => crypto.randomUUID(),
    tokenizer() {
      tokenizer ??= loadTokenizer(createModelSource({ database, modelId: DEFAULT_MODEL_ID, baseUrl }));
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
