/**
 * The encoders beside the first, as a search trains them: the same rows in their own tokens, their weights on the device from
 * when they are first asked for until the search is over.
 */
import { AppError } from '../../core/errors';
import { encoderTitle } from '../../core/models/encoders';
import type { Architecture, Encoder } from '../models/encoder';
import { disposeWeights } from '../models/weights';
import { type Corpus, inTokens } from '../tasks/classification/corpus';
import type { FurtherEncoder } from '../tasks/classification/further-encoder';
import type { TaskContext } from '../tasks/classification/method';
import type { ExperimentInput } from './experiment';

/** What of a run hangs on the encoder that it trains. */
export type EncoderParts = Pick<
  TaskContext,
  'model' | 'corpus' | 'encoderId' | 'modelSha256' | 'names' | 'place' | 'further'
>;

export class OtherEncoders {
  readonly #encoders: readonly FurtherEncoder[];
  readonly #tried: number;
  readonly #corpus: Corpus;
  readonly #corpora = new Map<number, Corpus>();
  readonly #placed = new Map<number, Encoder>();

  /** `maxLength`: where texts of the run are cut. */
  constructor(encoders: readonly FurtherEncoder[], corpus: Corpus, maxLength: number) {
    this.#encoders = encoders;
    this.#corpus = corpus;
    // One that reads less of a text would be kept with a length that is not its own.
    const short = encoders.findIndex(({ maxTokens }) => maxTokens < maxLength);
    this.#tried = short < 0 ? encoders.length : short;
  }

  /** How many of them are tried, from the first of them on. */
  get count(): number {
    return this.#tried;
  }

  /** They read texts first, and are let go by `dispose`, not when they have read. */
  get readers(): FurtherEncoder[] {
    return this.#encoders.map(({ close: _, ...encoder }) => encoder);
  }

  /** `number`: 1 is the first of them, as among all encoders of the run. */
  architectureOf(number: number): Architecture {
    return this.#at(number);
  }

  titleOf(number: number): string {
    return encoderTitle(this.#at(number).id);
  }

  /** The rows in its tokens. */
  corpusOf(number: number): Corpus {
    const known = this.#corpora.get(number);
    if (known) return known;
    const corpus = inTokens(this.#corpus, this.#at(number).tokenIds);
    this.#corpora.set(number, corpus);
    return corpus;
  }

  /** What takes the place of the first encoder's. */
  async partsOf(number: number): Promise<EncoderParts> {
    const { id, sha256, names, place } = this.#at(number);
    const model = this.#placed.get(number) ?? (await place());
    this.#placed.set(number, model);
    const corpus = this.corpusOf(number);
    return { model, corpus, encoderId: id, modelSha256: sha256, names, place: undefined, further: [] };
  }

  /** What of an experiment's input takes the place of the first encoder's. */
  async inputOf(number: number, { data, testData }: Pick<ExperimentInput, 'data' | 'testData'>) {
    const { model, corpus, encoderId, modelSha256, names, further } = await this.partsOf(number);
    const { tokenIds, trainRows } = corpus;
    const tested = tokenIds.slice(trainRows.length);
    return {
      data: { ...data, tokenIds: tokenIds.slice(0, trainRows.length), noisy: {} },
      testData: testData && { ...testData, tokenIds: tested },
      ...{ model, modelId: encoderId, modelSha256, names, further },
    } satisfies Partial<ExperimentInput>;
  }

  dispose(): void {
    for (const { weights } of this.#placed.values()) disposeWeights(weights);
    this.#placed.clear();
    for (const { close } of this.#encoders) close?.();
  }

  #at(number: number): FurtherEncoder {
    const encoder = this.#encoders[number - 1];
    if (!encoder) throw new AppError('internal', `There is no encoder ${number} beside the first.`);
    return encoder;
  }
}
