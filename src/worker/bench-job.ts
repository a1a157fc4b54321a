/** The bench on one backend of this browser, with the built-in model. */
import { AppError } from '../core/errors';
import { DEFAULT_MODEL_ID, findModel } from '../core/models/registry';
import type { BenchResult } from '../core/run/bench';
import type { Backend } from '../core/settings/settings';
import { runSuite } from '../engine/bench/suite';
import { disposeWeights } from '../engine/models/weights';
import { loadModel } from '../engine/models/read-model';
import { nextTurn } from '../engine/fit/pace';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';

/** Throws `cancelled` when the signal fires, within one step. */
export async function runBench(
  ports: JobPorts,
  backend: Backend,
  signal: AbortSignal,
  tell: (doing: string, result: BenchResult | null) => void,
): Promise<BenchResult> {
  tell('Loading the model', null);
  const device = await openDevice(ports, backend);
  const files = ports.modelFiles(DEFAULT_MODEL_ID, { onBytes: () => undefined, onNotKept: () => undefined });
  const model = await loadModel({ read: (file, stop) => files.read(file, stop) }, { signal });
  const turn = async (): Promise<void> => {
    await nextTurn();
    device.guard.check();
    if (signal.aborted) throw new AppError('cancelled', 'The bench was stopped.');
  };
  const { title } = findModel(DEFAULT_MODEL_ID);
  const options = { device: device.description, browser: ports.browser, model: title, tell, turn };
  try {
    return await onDevice(device, signal, () => runSuite(model, options));
  } finally {
    disposeWeights(model.weights);
  }
}
