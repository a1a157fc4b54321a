/** Asks a model that was brought along something easy, once, before it is offered; what came of it is noted beside its files. */
import { AppError } from '../core/errors';
import { checkOfDecoder, checkOfEncoder, EASY_TALK, type ModelCheck, UNLIKE_TEXTS } from '../core/models/model-check';
import type { Backend } from '../core/settings/settings';
import { chatReaderOf } from '../core/text/chat-reader';
import { encodeExample } from '../core/text/examples';
import type { Device } from '../engine/device/select';
import { Pace } from '../engine/fit/pace';
import { encodeTexts } from '../engine/frozen/encode-texts';
import { type ModelSource, placeDecoder, placeModel, readDecoder, readModel } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { scoreExamples } from '../engine/tasks/generation/scores';
import { CHECKED, putModelFile } from '../storage/models';
import { onDevice } from './gpu-loss';
import type { JobPorts } from './job-ports';
import { openDevice } from './open-device';
import { modelEntry } from './own-model-source';

interface Asked {
  source: ModelSource;
  device: Device;
  pace: Pace;
  signal: AbortSignal;
}

/**
 * Throws `non-finite` where its values are no numbers, `model-damaged` where its files are, `cancelled` when the signal
 * fires, and what the device throws.
 */
export async function checkModel(
  ports: JobPorts,
  { modelId, backend }: { modelId: string; backend: Backend },
  signal: AbortSignal,
): Promise<ModelCheck> {
  const { database, modelFiles } = ports;
  const { card } = await modelEntry(database, modelId);
  const device = await openDevice(ports, backend);
  const files = modelFiles(modelId, {});
  const control = {
    checkpoint: (): Promise<'continue'> => (signal.aborted ? Promise.reject(stopped()) : Promise.resolve('continue')),
  };
  const asked = {
    source: { read: (file: string, stop: AbortSignal | undefined) => files.read(file, stop) },
    device,
    pace: new Pace(control, device.guard),
    signal,
  };
  const check = await (card.task === 'decoder' ? askDecoder(asked) : askEncoder(asked));
  device.guard.check();
  const bytes = new TextEncoder().encode(JSON.stringify(check));
  await putModelFile(database, { key: `${modelId}/${CHECKED}`, sha256: '', bytes });
  return check;
}

async function askDecoder({ source, device, pace, signal }: Asked): Promise<ModelCheck> {
  const model = await readDecoder(source, { signal });
  const reader = chatReaderOf(model.manifest.tokenizer, model.tokenizerJson);
  const example = encodeExample(reader, EASY_TALK);
  const decoder = placeDecoder(model);
  try {
    const [loss] = (await onDevice(device, signal, () => scoreExamples(decoder, [example], pace))) ?? [];
    if (loss === undefined) throw stopped();
    return checkOfDecoder(Math.exp(loss.nll / Math.max(1, loss.tokens)), decoder.config.vocabSize);
  } finally {
    disposeWeights(decoder.weights);
  }
}

async function askEncoder({ source, device, pace, signal }: Asked): Promise<ModelCheck> {
  const model = await readModel(source, { signal });
  const tokenIds = UNLIKE_TEXTS.map((text) => model.tokenizer.encode(text, model.manifest.card.maxTokens));
  const encoder = placeModel(model, tokenIds);
  try {
    const options = { pace, onLog: () => undefined };
    const vectors = await onDevice(device, signal, () => encodeTexts(encoder, tokenIds, options));
    if (vectors === null) throw stopped();
    const width = encoder.config.hiddenSize;
    const [one, other] = [vectors.subarray(0, width), vectors.subarray(width)];
    const similarity = one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
    if (Number.isFinite(similarity)) return checkOfEncoder(similarity);
    throw new AppError('non-finite', 'What the model makes of a sentence is not a number: its files are damaged.');
  } finally {
    disposeWeights(encoder.weights);
  }
}

function stopped(): AppError {
  return new AppError('cancelled', 'The check of the model was stopped.');
}
