/**
 * The ways to train: each is told of in one file of `methods/`, and listed here in the order of the form. Its other half,
 * what it computes, is listed in `engine/tasks/classification/registry.ts`.
 */
import type { Task } from '../data/mapping';
import type { MethodDefinition, ModelSize } from './method';
import { adapter } from './methods/adapter';
import { features } from './methods/features';
import { fewExamples } from './methods/few-examples';
import { generationAdapter } from './methods/generation-adapter';
import { full } from './methods/full';
import { topLayers } from './methods/top-layers';
import type { Method, SettingFacts } from './settings';

const registered: MethodDefinition[] = [features, fewExamples, topLayers, adapter, full, generationAdapter];

/** In the order of the form. */
export const METHODS: readonly MethodDefinition[] = registered;

/** Adds a method to those that there are; throws where its id is taken. */
export function registerMethod(definition: MethodDefinition): void {
  if (isKnownMethod(definition.id)) throw new RangeError(`There is a method ${definition.id} already.`);
  registered.push(definition);
}

/** False for a method of another version of Hone. */
export function isKnownMethod(id: Method): boolean {
  return METHODS.some((method) => method.id === id);
}

/** What is said of a method; of one that this version does not know, its id and that it is not known. */
export function methodDefinition(id: Method): MethodDefinition {
  return METHODS.find((method) => method.id === id) ?? unknownMethod(id);
}

/** The methods that a model can be trained by for a task. */
export function methodsFor(task: Task, model: ModelSize): MethodDefinition[] {
  return METHODS.filter((method) => method.task === task && method.fits(model));
}

/** The method of a task to offer first, and why: few rows want pairs, the processor is slow, many rows carry full training. */
export function suggestMethod(task: Task, facts: SettingFacts): { method: Method; why: string } {
  const offers = methodsFor(task, { layers: facts.modelLayers }).flatMap(({ id, suggest }) => {
    const offer = suggest(facts);
    return offer === null ? [] : [{ method: id, ...offer }];
  });
  const { method, why } = offers.reduce((best, offer) => (offer.strength > best.strength ? offer : best));
  return { method, why };
}

/** Of another version of Hone: it can be listed and read of, and nothing can be computed with it. */
function unknownMethod(id: Method): MethodDefinition {
  return {
    id,
    task: 'classification',
    title: id,
    technicalName: 'not known to this version',
    description: 'A method of another version of Hone.',
    opponent: 'features_only',
    baseline: null,
    fits: () => false,
    settings: [],
    auto: {},
    iterated: true,
    trained: () => ({ layers: 0, embeddings: false }),
    steps: () => 0,
    epochs: () => null,
    search: null,
    suggest: () => null,
  };
}
