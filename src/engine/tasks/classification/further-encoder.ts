/** What a run is given of an encoder beside the first, and of the labels' names. */
import type { Architecture, Encoder } from '../../models/encoder';

/** Token ids of what stands for each label; null where a label has no name. */
export type LabelNames = readonly (Int32Array | null)[];

/** An encoder beside the first: texts are read with it; it is not changed, but where a search tries it. */
export interface FurtherEncoder extends Architecture {
  /** The model's. */
  id: string;
  sha256: string;
  /** The most tokens of a text that it reads. */
  maxTokens: number;
  /** Of all rows of the run, those of the test part behind those for training: every encoder has words of its own. */
  tokenIds: readonly Int32Array[];
  names: LabelNames;
  /** Puts it on the device, with the words that occur. Whoever asks disposes of its weights. Throws as `readModel`. */
  place(): Encoder | Promise<Encoder>;
  /** It has read everything, and is not asked for again. */
  close?(): void;
}
