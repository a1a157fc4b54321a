/** Measures on this device what a run would take, without starting it. */
import { AppError } from '../core/errors';
import { resolveSettings } from '../core/settings/defaults';
import type { Rung } from '../core/search/rung';
import type { Settings } from '../core/settings/settings';
import { estimateOfRungs, type PlanEstimate } from '../core/run/estimate';
import { factsOf } from '../core/settings/facts';
import type { RunRequest } from '../core/run/record';
import { openModel, type OpenedModel } from '../engine/models/read-model';
import { createCorpus } from '../engine/tasks/classification/corpus';
import { Pace } from '../engine/fit/pace';
import { measureRungs } from '../engine/run/rung-costs';
import { estimatePlan, findUnread } from '../engine/run/plan-estimate';
import { getTokenTally } from '../storage/rows';
import { createFeatureStore } from '../storage/features';
import { createStateStore } from '../storage/states';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import { rungsFor } from './run-search';
import { prepareRun, readRunRows } from './run-data';
import { encodersOfRequest, FirstEncoder, furtherEncoder, onlyReadsTexts, type RunEncoder } from './run-encoders';

/** Throws what `start` would throw for the same request, `plan-too-large`, and `cancelled` when the signal fires. */
export async function estimateRun(ports: JobPorts, request: RunRequest, signal: AbortSignal): Promise<PlanEstimate> {
  const { database, threads } = ports;
  const { method, backend, evaluation, limit, choices } = request;
  const read = await readRunRows(database, request);
  const device = await openDevice(ports, backend);
  const openOne = (id: string): Promise<OpenedModel> => {
    const files = ports.modelFiles(id, { onBytes: () => undefined, onNotKept: () => undefined });
    return openModel({ read: (file, stop) => files.read(file, stop) }, { signal });
  };
  const [modelId = request.modelId, ...others] = encodersOfRequest(request);
  const opened = await openOne(modelId);
  const { config, manifest, tokenizer } = opened;
  const lengths = await getTokenTally(database, read.dataset, read.version.number, modelId);
  const size = { layers: config.layers, maxTokens: manifest.card.maxTokens };
  const facts = factsOf(read.version, lengths, { backend, evaluation, limit, model: size });
  const { settings } = resolveSettings(method, choices, facts);
  const prepared = prepareRun(read, request, settings, tokenizer);
  const further: RunEncoder[] = [];
  for (const id of others) further.push(furtherEncoder(await openOne(id), prepared, request, settings));
  const first = new FirstEncoder(opened, prepared, request, settings);
  try {
    // What only reads is not loaded where it has nothing to read.
    if (!onlyReadsTexts(request)) await first.place();
    const { data, test, plan } = prepared;
    const corpus = createCorpus(data, test?.data ?? null);
    const control = {
      checkpoint: (): Promise<'continue'> => (signal.aborted ? Promise.reject(stopped()) : Promise.resolve('continue')),
    };
    const pace = new Pace(control, device.guard);
    const states = createStateStore(database, ports.now);
    const modelSha256 = manifest.sha256;
    const { model } = first;
    const own = {
      model,
      place: () => first.place(),
      corpus,
      settings,
      pace,
      states,
      modelSha256,
      encoderId: modelId,
      further,
    };
    const context = { ...own, guard: device.guard, threads };
    const unread = await findUnread(own, createFeatureStore(database, ports.now));
    if (request.search) {
      const { rungs, settings: own } = rungsFor(request, settings, { facts, model: config });
      const settingsOf = ({ id }: Rung): Settings => own[id] ?? settings;
      const asked = { rungs, settingsOf, names: first.own.names, folds: plan.folds, unread, onBroken: brokenBy };
      const measured = await onDevice(device, signal, () => measureRungs(context, asked));
      if (!measured) throw stopped();
      return estimateOfRungs(measured, backend);
    }
    const planned = await onDevice(device, signal, () => estimatePlan(context, plan.folds, unread));
    if (!planned) throw stopped();
    return planned.estimate;
  } finally {
    first.dispose();
  }
}

/** What a form can do about it: a run measures only the rungs that take part, and goes on without one that breaks it. */
function brokenBy({ title }: Rung, failure: unknown): never {
  throw new AppError(
    failure instanceof AppError ? failure.code : 'gpu-error',
    `This device broke down while «${title}» was measured, so nothing is known of the others. Close other programs that ` +
      `use it and measure again; or leave «${title}» out and start: a run measures only what takes part.`,
    { cause: failure },
  );
}

function stopped(): AppError {
  return new AppError('cancelled', 'Measuring was stopped.');
}
