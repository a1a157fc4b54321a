/** The files of a run's models, read with words on the page of how far that is. */
import { encoderTitle } from '../core/models/encoders';
import { findModel } from '../core/models/registry';
import { formatBytes } from '../core/words/numbers';
import { readModel, type ReadModel } from '../engine/models/read-model';
import type { RunHost } from './run-task';

/** One of the models of a run; of several it is said which. Throws as `readModel`. */
export async function readRunModel(host: RunHost, modelId: string, several: boolean): Promise<ReadModel> {
  const { ports, recorder, signal } = host;
  const what = several ? encoderTitle(modelId) : 'the model';
  let total = findModel(modelId).card.bytes;
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
  return readModel(
    { read: (file, stop) => source.read(file, stop) },
    {
      signal,
      onProgress: ({ bytesLoaded, bytesTotal }) => {
        total = bytesTotal;
        tell((verified = bytesLoaded));
      },
    },
  );
}
