/**
 * Which models a run reads its texts with. The first is the one that a method which trains changes; the others are read
 * with, and tried by a search.
 */
import { isOwnModel, ownTitle } from './own-id';
import { ENCODERS, MODELS } from './registry';

/** `auto`: what suits the method; `both`: all built-in encoders side by side; else the id of a model. */
export type EncoderChoice = 'auto' | 'both' | (string & {});

/** What of a request its encoders follow from. */
export interface EncoderQuestion {
  /** The first encoder. */
  modelId: string;
  /** Absent in records of before there were two encoders: `modelId` alone. */
  encoder?: EncoderChoice | undefined;
}

/**
 * The ids of the models that a run reads with, the first one first. `trains`: its method changes the encoder. Then `auto`
 * is one; with `both`, the others serve *features only*, which the run is compared with.
 */
export function encodersOf({ modelId, encoder = modelId }: EncoderQuestion, trains: boolean): string[] {
  if (encoder === 'both' || (encoder === 'auto' && !trains)) {
    return [modelId, ...ENCODERS.map(({ id }) => id).filter((id) => id !== modelId)];
  }
  return [encoder === 'auto' ? modelId : encoder];
}

/** What a model is called; of one that a person brought along what its id says; of one that this version does not know, its id. */
export function encoderTitle(id: string): string {
  return isOwnModel(id) ? ownTitle(id) : (MODELS.find((model) => model.id === id)?.title ?? id);
}
