/** The files of a run's models, read with words on the page of how far that is. */
import { AppError, type ErrorCode } from '../core/errors';
import { encoderTitle } from '../core/models/encoders';
import { formatBytes } from '../core/words/numbers';
import { type LoadOptions, type ModelSource, openModel, type OpenedModel } from '../engine/models/read-model';
import { modelEntry } from './own-model-source';
import type { OpeningHost } from './run-task';

/** All models have files of the same names: of several it is said whose is not there. */
const FILE_FAULTS: readonly ErrorCode[] = ['model-missing', 'model-damaged'];

/** One of the encoders of a run but for its weights; of several it is said which. Throws as `readModel`. */
export function openRunModel(host: OpeningHost, modelId: string, several: boolean): Promise<OpenedModel> {
  return readTelling(host, modelId, several, openModel);
}

/** A model of a run by `read`, which is told of on the way. */
export async function readTelling<M>(
  host: OpeningHost,
  modelId: string,
  several: boolean,
  read: (source: ModelSource, options: LoadOptions) => Promise<M>,
): Promise<M> {
  const { ports, recorder, signal } = host;
  const what = several ? encoderTitle(modelId) : 'the model';
  let total = (await modelEntry(ports.database, modelId)).card.bytes;
  let verified = 0;
  const tell = (loaded: number): void => {
    const phaseProgress = Math.min(1, loaded / total);
    const message = `Loading ${what}: ${formatBytes(loaded)} of ${formatBytes(total)}`;
    recorder.onProgress({ phase: 'loading-model', message, phaseProgress, elapsedMs: host.workedMs() });
  };
  const source = ports.modelFiles(modelId, {
    onBytes: (_file, loaded) => tell(verified + loaded),
    onNotKept: (error) =>
      recorder.onLog(`${several ? what : 'The model'} is not kept for the next start. ${error.message}`),
  });
  tell(0);
  const named = (error: unknown): unknown => {
    if (!several || !(error instanceof AppError) || !FILE_FAULTS.includes(error.code)) return error;
    return new AppError(error.code, `${what}: ${error.message}`, { cause: error, details: { ...error.details } });
  };
  return read(
    { read: (file, stop) => source.read(file, stop).catch((error: unknown) => Promise.reject(named(error))) },
    {
      signal,
      onProgress: ({ bytesLoaded, bytesTotal }) => {
        total = bytesTotal;
        tell((verified = bytesLoaded));
      },
    },
  );
}
