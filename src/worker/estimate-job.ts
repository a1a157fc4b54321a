/** Measures on this device what a run would take, without starting it. */
import { AppError } from '../core/errors';
import { resolveSettings } from '../core/settings/defaults';
import type { PlanEstimate } from '../core/run/estimate';
import { factsOf } from '../core/settings/facts';
import type { RunRequest } from '../core/run/record';
import { disposeWeights } from '../engine/models/weights';
import { readModel } from '../engine/models/read-model';
import { createCorpus } from '../engine/tasks/classification/corpus';
import { uncachedTexts } from '../engine/frozen/feature-cache';
import { Pace } from '../engine/fit/pace';
import { estimatePlan } from '../engine/run/plan-estimate';
import { getTokenTally } from '../storage/rows';
import { createFeatureStore } from '../storage/features';
import { createStateStore } from '../storage/states';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import { prepareRun, readRunRows } from './run-data';
import { placeForRun } from './run-model';

/** Throws what `start` would throw for the same request, `plan-too-large`, and `cancelled` when the signal fires. */
export async function estimateRun(ports: JobPorts, request: RunRequest, signal: AbortSignal): Promise<PlanEstimate> {
  const { database, threads } = ports;
  const { method, backend, evaluation, limit, choices, modelId } = request;
  const read = await readRunRows(database, request);
  const device = await openDevice(ports, backend);
  const files = ports.modelFiles(modelId, { onBytes: () => undefined, onNotKept: () => undefined });
  const unplaced = await readModel({ read: (file, stop) => files.read(file, stop) }, { signal });
  const { config, manifest, tokenizer } = unplaced;
  const lengths = await getTokenTally(database, read.dataset, read.version.number);
  const size = { layers: config.layers, maxTokens: manifest.card.maxTokens };
  const facts = factsOf(read.version, lengths, { backend, evaluation, limit, model: size });
  const { settings } = resolveSettings(method, choices, facts);
  const prepared = prepareRun(read, request, settings, tokenizer);
  const model = placeForRun(unplaced, settings, prepared);
  try {
    const { data, test, plan } = prepared;
    const corpus = createCorpus(data, test?.data ?? null);
    const control = {
      checkpoint: (): Promise<'continue'> => (signal.aborted ? Promise.reject(stopped()) : Promise.resolve('continue')),
    };
    const pace = new Pace(control, device.guard);
    const states = createStateStore(database, ports.now);
    const modelSha256 = manifest.sha256;
    const context = { model, corpus, settings, pace, guard: device.guard, threads, states, modelSha256 };
    const kept = { store: createFeatureStore(database, ports.now), modelSha256 };
    const unread = await uncachedTexts(corpus.distinct.tokenIds, model.config.hiddenSize, kept);
    const planned = await onDevice(device, signal, () => estimatePlan(context, plan.folds, unread));
    if (!planned) throw stopped();
    return planned.estimate;
  } finally {
    disposeWeights(model.weights);
  }
}

function stopped(): AppError {
  return new AppError('cancelled', 'Measuring was stopped.');
}
