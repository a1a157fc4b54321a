/** The training worker: takes commands of the page and hands them over. What it does stands in the jobs. */
import wasmFile from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { AppError, toErrorData } from '../core/errors';
import { joinChanges } from '../storage/changes';
import { openDatabase, yieldConnection } from '../storage/database';
import type { HoneDatabase } from '../storage/schema';
import { browserName } from './browser-name';
import { browserCheckTools } from './check-tools';
import { describeWebGpu } from './describe';
import { TrainingJob } from './job';
import type { JobPorts } from './job-ports';
import { createModelSource } from './model-source';
import { browserThreads } from './pool';
import { fetchPageTemplate } from './page-template';
import { openPrivateFile } from './private-file';
import { demandVersion, type OpenCommand, type TrainingCommand, type TrainingEvent } from './protocol';
import { awaitRunLock, tryRunLock } from './run-lock';

type Command = Exclude<TrainingCommand, { type: 'open' }>;

let job: Promise<TrainingJob> | null = null;

addEventListener('message', ({ data }: MessageEvent<TrainingCommand>) => {
  if (data.type !== 'open') {
    void handle(data);
    return;
  }
  job = open(data);
  // Whoever asks next is told; nobody asking is no fault.
  job.catch(() => undefined);
});

async function handle(command: Command): Promise<void> {
  try {
    if (command.type === 'describe') {
      // Asked even where there is no storage to work with: then no device is known to have failed.
      const opened = await job?.catch(() => null);
      const described = await describeWebGpu((device) => opened?.refusal(device) ?? Promise.resolve(null));
      post({ type: 'described', requestId: command.requestId, ...described });
      return;
    }
    if (job === null) throw new AppError('internal', 'The worker was not opened.');
    await obey(await job, command);
  } catch (error) {
    if ('requestId' in command) post({ type: 'failed', requestId: command.requestId, error: toErrorData(error) });
    else throw error;
  }
}

async function obey(job: TrainingJob, command: Exclude<Command, { type: 'describe' }>): Promise<void> {
  switch (command.type) {
    case 'start':
      return job.start(command.requestId, command.request);
    case 'resume-run':
      return job.resumeRun(command.requestId, command.runId, command.because);
    case 'checkpoint':
      return job.checkpoint(command.runId);
    case 'pause':
      return job.pause(command.runId);
    case 'resume':
      return job.resume(command.runId);
    case 'stop':
      return job.stop(command.runId);
    case 'cancel':
      return job.cancel(command.runId);
    case 'save-end':
      return job.saveEnd(command.runId, command);
    case 'predict':
      return job.predict(command);
    case 'nearest':
      return job.nearest(command);
    case 'measure-names':
      return job.measureNames(command);
    case 'answer-names':
      return job.answerNames(command);
    case 'chat':
      return job.chat(command);
    case 'check-model':
      return job.checkModel(command);
    case 'take':
      return job.take(command);
    case 'estimate':
      return job.estimate(command);
    case 'bench':
      return job.bench(command);
    case 'cancel-request':
      return job.cancelRequest(command.requestId);
    default:
      command satisfies never;
  }
}

async function open({ version, baseUrl }: OpenCommand): Promise<TrainingJob> {
  demandVersion(version);
  let job: TrainingJob | null = null;
  const connect = (): Promise<HoneDatabase> =>
    openDatabase({
      // Another tab with a newer version waits until the run is over: it could not be kept any more.
      holds: () => job?.works ?? false,
      onClosed(by) {
        // Whatever is there now: a run whose record is gone ends in memory.
        if (by === 'browser')
          void connect().then(
            (opened) => (ports.database = opened),
            () => undefined,
          );
      },
    });
  const changes = joinChanges();
  const wasmUrl = new URL(wasmFile, import.meta.url).href;
  const ports: JobPorts = {
    database: await connect(),
    post,
    now: () => Date.now(),
    elapsed: () => performance.now(),
    // Its name bears a hash of all its code.
    build: new URL(import.meta.url).pathname.replace(/.*\//, ''),
    modelFiles: (modelId, hooks) => createModelSource({ database: ports.database, modelId, baseUrl, ...hooks }),
    wasmUrl,
    threads: browserThreads(wasmUrl),
    checkTools: browserCheckTools(),
    browser: browserName(navigator.userAgent),
    takeFile: openPrivateFile,
    pageTemplate: (signal) => fetchPageTemplate(baseUrl, signal),
    tryLock: tryRunLock,
    awaitLock: awaitRunLock,
    announce: () => changes.announce('runs'),
    onIdle: () => yieldConnection(ports.database),
  };
  job = new TrainingJob(ports);
  return job;
}

function post(event: TrainingEvent): void {
  postMessage(event);
}
