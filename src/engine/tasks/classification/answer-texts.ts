/**
 * Texts in, probabilities out, for kept models and the files of the encoders that they ask: each text is read by each encoder's
 * own tokenizer, cut where the run cut it. The page's Try and a page of its own answer by this.
 */
import type { ModelManifest } from '../../../core/models/manifest';
import { encodersOfHead, isOfRecipes, type TrainedModel } from '../../../core/run/trained-model';
import type { DeviceGuard } from '../../device/guard';
import type { Encoder } from '../../models/encoder';
import { placeModel, placeWords, type ReadModel } from '../../models/read-model';
import { disposeWeights } from '../../models/weights';
import { type KeptModels, openKeptModels } from './evaluate';

/** A model that is asked. Its files stay at hand: the words of each text are read from them. */
interface Opened {
  model: ReadModel;
  encoder: Encoder;
}

export interface TextAnswers {
  /** [texts, classes] of each kept model. */
  probabilities: Float32Array[];
  /** Of each text, by the first encoder that is asked. */
  tokens: number[];
  /** Whether one of the encoders read only the beginning. */
  cut: boolean[];
}

/** More are not counted: it is enough to say that it was too long. */
const MOST_COUNTED = 10_000;

/** The ids of the encoders that some kept models ask; `first` is the run's. */
export function encodersOfModels(first: string, models: readonly TrainedModel[]): string[] {
  return [...new Set(models.flatMap(({ head }) => (isOfRecipes(head) ? encodersOfHead(head) : [first])))];
}

/** Kept models on the device. `dispose` when done. */
export class TextAnswerer {
  readonly #opened: readonly Opened[];
  readonly #predictor: KeptModels;
  readonly #first: string;
  readonly #maxLength: number;

  private constructor(opened: readonly Opened[], predictor: KeptModels, first: string, maxLength: number) {
    this.#opened = opened;
    this.#predictor = predictor;
    this.#first = first;
    this.#maxLength = maxLength;
  }

  /** Puts the files of the encoders on the device as they come. Throws what `read` throws, and as `openKeptModels`. */
  static async open(
    kept: readonly TrainedModel[],
    { first, guard, read }: { first: string; guard?: DeviceGuard; read: (id: string) => Promise<ReadModel> },
  ): Promise<TextAnswerer> {
    const opened: Opened[] = [];
    try {
      for (const id of encodersOfModels(first, kept)) {
        const model = await read(id);
        opened.push({ model, encoder: placeModel(model, []) });
      }
      const asked = opened.map(({ model, encoder }) => {
        return { id: model.manifest.id, encoder, wordsOf: (texts: readonly Int32Array[]) => placeWords(model, texts) };
      });
      const predictor = openKeptModels(asked, kept, { ...(guard && { guard }), first });
      return new TextAnswerer(opened, predictor, first, kept[0]?.maxLength ?? 0);
    } catch (error) {
      for (const { encoder } of opened) disposeWeights(encoder.weights);
      throw error;
    }
  }

  /** Answers of all kept models. Throws `cancelled` when the signal fires. */
  async answer(
    texts: readonly string[],
    options: { signal?: AbortSignal; onTexts?: (done: number) => void } = {},
  ): Promise<TextAnswers> {
    const tokenIds = this.#opened.map(({ model }) => {
      const most = this.#longestFor(model.manifest);
      return texts.map((text) => model.tokenizer.encode(text, most));
    });
    const probabilities = await this.#predictor.predict({ texts, tokenIds }, options);
    const counts = this.#opened.map(({ model }) =>
      texts.map((text) => model.tokenizer.countTokens(text, MOST_COUNTED)),
    );
    const [tokens = []] = counts;
    return {
      probabilities,
      tokens,
      cut: texts.map((_, i) =>
        this.#opened.some(({ model }, encoder) => (counts[encoder]?.[i] ?? 0) > this.#longestFor(model.manifest)),
      ),
    };
  }

  /** Gives the tensors back. */
  dispose(): void {
    this.#predictor.dispose();
    for (const { encoder } of this.#opened) disposeWeights(encoder.weights);
  }

  /** The longest text that the run read with an encoder, in that one's tokens. */
  #longestFor({ id, card }: ModelManifest): number {
    return id === this.#first ? this.#maxLength : Math.min(this.#maxLength, card.maxTokens);
  }
}
