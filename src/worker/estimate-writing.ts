/** Measures on this device what a run of written answers would take, without starting it. */
import { AppError } from '../core/errors';
import type { PlanEstimate } from '../core/run/estimate';
import type { RunRequest } from '../core/run/record';
import { Pace } from '../engine/fit/pace';
import { disposeWeights } from '../engine/models/weights';
import { estimateWriting } from '../engine/run/write-estimate';
import { startAnswerCrew } from '../engine/tasks/generation/crew';
import { generationMethod } from '../engine/tasks/generation/registry';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice, proveWriting } from './open-device';
import { openWriting } from './open-writing';
import { readWritingRows } from './write-rows';

/** Throws what `start` would throw for the same request, `plan-too-large`, and `cancelled` when the signal fires. */
export async function estimateWritingRun(
  ports: JobPorts,
  request: RunRequest,
  signal: AbortSignal,
): Promise<PlanEstimate> {
  const rows = await readWritingRows(ports.database, request);
  const device = await openDevice(ports, request.backend);
  await proveWriting(ports, device);
  // Nobody watches: a measurement says nothing until it is done.
  const recorder = { onProgress: () => undefined, onLog: () => undefined };
  const host = { ports, request, before: null, recorder, signal, workedMs: () => 0 };
  const { decoder, writer, settings, prepared } = await openWriting(host, device, rows);
  try {
    const { data, plan } = prepared;
    const control = {
      checkpoint: (): Promise<'continue'> => (signal.aborted ? Promise.reject(stopped()) : Promise.resolve('continue')),
    };
    const { guard } = device;
    const context = { data, model: decoder, settings, pace: new Pace(control, guard), guard, writer };
    const measured = await onDevice(device, signal, async () => {
      const { threads } = ports;
      const crew = await startAnswerCrew({ model: decoder, data, settings, threads, onLog: () => undefined });
      try {
        const measuring = { ...context, decoding: plan.decoding, crew };
        return await estimateWriting(measuring, plan, generationMethod(settings.method), device.description);
      } finally {
        crew?.end();
      }
    });
    if (measured === null) throw stopped();
    return measured.estimate;
  } finally {
    disposeWeights(decoder.weights);
  }
}

function stopped(): AppError {
  return new AppError('cancelled', 'Measuring was stopped.');
}
