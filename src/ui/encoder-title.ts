/** What a model is called on screen; of one that this version does not know, its id. */
import { MODELS } from '../core/models/registry';

export function encoderTitle(id: string): string {
  return MODELS.find((model) => model.id === id)?.title ?? id;
}
