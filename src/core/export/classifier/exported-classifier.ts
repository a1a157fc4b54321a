/** A run that sorts texts into labels, ready to be written down: one encoder, a mean, one linear layer. */
import type { PlannedFile } from '../../formats/planned-file';
import type { BertShape } from '../../models/parameter-shapes';
import type { VectorType } from '../../models/own-classifier';
import type { Head } from '../../run/trained-model';
import type { ModelCardText } from '../model-card';
import type { ModelTensors } from '../model-tensors';

export interface ExportedClassifier {
  /** The folder, and the name of what is in it. */
  folder: string;
  labels: readonly string[];
  /** Tokens of a text that are read; what is longer is cut, as it was in the run. */
  maxLength: number;
  config: BertShape;
  /** As they were trained. */
  tensors: ModelTensors;
  head: Head;
  /** What its head was fitted to: the encoder's vectors as they are, or rounded, as those are kept of an encoder as it came. */
  vectors: VectorType;
  tokenizer: EncoderTokenizer;
  card: ModelCardText;
  /** Licence and notice of the base. */
  notices: readonly PlannedFile[];
}

export interface EncoderTokenizer {
  /** The text of tokenizer.json. */
  json: string;
  /** What the model was trained to see before each text; empty for most. */
  prompt: string;
}
