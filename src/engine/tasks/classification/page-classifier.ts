/** The classifier in a page of its own: what was read of the page, as the models that answer. */
import { attach } from '../../../core/export/one-page/detached';
import { damagedPage, parseKeptModel } from '../../../core/export/one-page/kept-model';
import type { PageContents } from '../../../core/export/one-page/page-parts';
import type { TrainedModel } from '../../../core/run/trained-model';
import { createTokenizer } from '../../../core/text/tokenizer';
import type { DeviceGuard } from '../../device/guard';
import { PackedTensors } from '../../models/packed-tensors';
import type { ReadModel } from '../../models/read-model';
import { findEncoderFamily } from '../../models/registry';
import { turned } from '../../models/weights';
import { TextAnswerer } from './answer-texts';

export interface PageClassifier {
  kept: TrainedModel;
  /** Puts it on the device that runs. */
  open(guard?: DeviceGuard): Promise<TextAnswerer>;
}

/** Throws `model-damaged` where a part does not fit another, and `model-unsupported`. */
export function pageClassifier({ index, streams }: Pick<PageContents, 'index' | 'streams'>): PageClassifier {
  const numbers = streams.at(-1) ?? new Uint8Array();
  const rest = parseKeptModel(attach(index.model, new Float32Array(numbers.buffer, 0, Math.floor(numbers.length / 4))));
  const models = new Map(
    index.encoders.map((manifest, i): [string, ReadModel] => {
      const family = findEncoderFamily(manifest.architecture);
      const json: unknown = JSON.parse(new TextDecoder().decode(streams[2 * i + 1]));
      return [
        manifest.id,
        {
          manifest,
          family,
          config: family.parseConfig(manifest.config),
          tokenizer: createTokenizer(json, manifest.tokenizer.prompt),
          tensors: new PackedTensors(manifest.tensors, [streams[2 * i] ?? new Uint8Array()]),
        },
      ];
    }),
  );
  const find = (id: string): ReadModel => {
    const model = models.get(id);
    if (model === undefined) throw damagedPage(`the encoder «${id}» is missing`);
    return model;
  };
  const trained = index.trained.map((name) => {
    const { family, tensors } = find(index.first);
    const array = tensors.read(name);
    // Kept models have matrices as the engine has them, files the other way round.
    return family.isLinearWeight(name) ? turned(array) : array;
  });
  const kept = { ...rest, encoder: [...trained, ...rest.encoder] };
  return {
    kept,
    open: (guard) =>
      TextAnswerer.open([kept], {
        first: index.first,
        ...(guard && { guard }),
        read: (id) => Promise.resolve(find(id)),
      }),
  };
}
