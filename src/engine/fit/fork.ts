/**
 * A copy of a model for training: trained parameters are its own, frozen ones are the model's.
 * Whoever forks disposes the fork; the model's tensors stay.
 */
import { AppError } from '../../core/errors';
import type { LoraConfig } from '../../core/models/lora';
import type { TrainedModel } from '../../core/run/trained-model';
import { adapterShapes, isAdapterName } from '../adapters/adapter';
import type { Encoder } from '../models/encoder';
import type { ModelFamily } from '../models/family';
import { placeWeights } from '../models/read-model';
import {
  cloneWeights,
  disposeWeights,
  matrix,
  parameter,
  readArrays,
  type WeightArrays,
  type Weights,
  writeArrays,
} from '../models/weights';

export class Fork {
  /** All parameters: pass these to the model. */
  readonly weights: Weights;
  /** Names of the encoder's trained parameters, and of an adapter's. */
  readonly names: readonly string[];
  /** What its adapter was made with; absent where it has none. */
  readonly lora: LoraConfig | undefined;
  readonly #own: readonly string[];
  readonly #copied: readonly string[];
  readonly #model: Weights;

  /** `more` are parameters beside the encoder's (a head, an adapter of `lora`), which the fork takes over. */
  constructor(model: Weights, names: readonly string[], more: Weights = new Map(), lora?: LoraConfig) {
    this.names = [...names, ...[...more.keys()].filter(isAdapterName)];
    this.#copied = names;
    this.#own = [...names, ...more.keys()];
    this.#model = model;
    this.weights = new Map([...model, ...this.#copies(), ...more]);
    this.lora = lora;
  }

  /** Every parameter that training changes. */
  get trainable(): readonly string[] {
    return this.#own;
  }

  get parameterCount(): number {
    return this.#own.reduce((sum, name) => sum + parameter(this.weights, name).size, 0);
  }

  /** The trained parameters as they are now. */
  read(): Promise<WeightArrays> {
    return readArrays(this.weights, this.#own);
  }

  /** Back to values that were read. */
  restore(arrays: WeightArrays): void {
    writeArrays(this.weights, arrays);
  }

  /** Back to where it began; `more` as when it was made. */
  reset(more: Weights = new Map()): void {
    disposeWeights(this.#trained());
    for (const [name, tensor] of [...this.#copies(), ...more]) this.weights.set(name, tensor);
  }

  /** The encoder's trained parameters for a `TrainedModel`, which has the names of the family's files. */
  async encoder(family: ModelFamily): Promise<TrainedModel['encoder']> {
    const arrays = await readArrays(this.weights, this.names);
    return [...family.toKept(Array.from(arrays, ([name, array]) => ({ name, ...array })))];
  }

  dispose(): void {
    disposeWeights(this.#trained());
    this.weights.clear();
  }

  #trained(): Weights {
    return new Map(this.#own.map((name) => [name, matrix(this.weights, name)]));
  }

  #copies(): Weights {
    return cloneWeights(new Map(this.#copied.map((name) => [name, matrix(this.#model, name)])));
  }
}

/** The fork of a kept model, to answer with. Throws `model-damaged` when it was made for another encoder. */
export function forkOf(
  { family, config, weights: model }: Encoder,
  { encoder: kept, lora }: Pick<TrainedModel, 'encoder' | 'lora'>,
): Fork {
  const encoder = [...family.fromKept(kept)];
  const adapter = lora ? adapterShapes(family.linearModules(config), lora) : new Map<string, number[]>();
  for (const { name, shape } of encoder) {
    const placed = adapter.get(name) ?? matrix(model, name).shape;
    // Where the table was trained all of it is kept, however much of the model's is on the device.
    const own = name === family.wordTable ? [config.vocabSize, ...placed.slice(1)] : placed;
    if (own.join() !== shape.join()) {
      throw new AppError(
        'model-damaged',
        `The kept weights have «${name}» as ${shape.join('×')}, the model as ${own.join('×')}.`,
      );
    }
  }
  const missing = [...adapter.keys()].find((name) => !encoder.some((array) => array.name === name));
  if (missing !== undefined) throw new AppError('model-damaged', `The kept weights have no «${missing}».`);
  const own = encoder.filter(({ name }) => !adapter.has(name));
  const fork = new Fork(
    model,
    own.map(({ name }) => name),
    placeWeights(encoder.filter(({ name }) => adapter.has(name))),
    lora,
  );
  try {
    fork.restore(new Map(own.map(({ name, shape, values }) => [name, { shape, values }])));
  } catch (error) {
    fork.dispose();
    throw error;
  }
  return fork;
}
