/**
 * The folder that sentence-transformers loads, for vectors, and head.json with what sorts them: a matrix in plain numbers and ten
 * lines of NumPy (head.py), never a pickle. Every folder in it has a file, since some zip tools drop empty ones.
 */
import { jsonFile, type PlannedFile, textFile } from '../../formats/planned-file';
import { packedTensor } from '../../formats/planned-tensor';
import { safetensorsFile } from '../../formats/safetensors-writer';
import { modelCard } from '../model-card';
import { bertConfig, encoderTokenizer } from './encoder-files';
import type { ExportedClassifier } from './exported-classifier';

/** How it is loaded. */
export function sentenceCode(folder: string): string {
  return `import sys; sys.path.insert(0, "${folder}")
from head import ask
ask(["Where is my parcel?"])`;
}

const HEAD_PY = `import json, os
import numpy as np
from sentence_transformers import SentenceTransformer

here = os.path.dirname(os.path.abspath(__file__))
model, head = SentenceTransformer(here), json.load(open(os.path.join(here, "head.json"), encoding="utf-8"))
W, b = np.array(head["weight"]), np.array(head["bias"])

def ask(texts):
    """A dictionary of label and probability for each text."""
    z = model.encode(texts).astype(np.float64) @ W.T + b
    p = np.exp(z - z.max(1, keepdims=True))
    return [dict(zip(head["labels"], row)) for row in (p / p.sum(1, keepdims=True)).tolist()]
`;

/** The folder's files. */
export function sentenceFolder(classifier: ExportedClassifier): PlannedFile[] {
  const { card, config, folder, head, labels, maxLength, tensors, tokenizer, vectors } = classifier;
  const inputs = head.weight.length / labels.length;
  const module = (idx: number, path: string, type: string): unknown => ({
    ...{ idx, name: String(idx), path },
    type: `sentence_transformers.models.${type}`,
  });
  const isFirst = config.pooling === 'first';
  const planned = tensors.names.map((name) =>
    packedTensor(name, tensors.shape(name), 'float32', (from, to) => tensors.lines(name, from, to)),
  );
  return [
    safetensorsFile('model.safetensors', planned),
    bertConfig(config, 'BertModel'),
    ...encoderTokenizer(classifier, { withPrompt: false }),
    jsonFile('modules.json', [
      module(0, '', 'Transformer'),
      module(1, '1_Pooling', 'Pooling'),
      ...(head.normalised ? [module(2, '2_Normalize', 'Normalize')] : []),
    ]),
    jsonFile('sentence_bert_config.json', { max_seq_length: maxLength, do_lower_case: false }),
    jsonFile('config_sentence_transformers.json', {
      prompts: tokenizer.prompt === '' ? {} : { text: tokenizer.prompt },
      default_prompt_name: tokenizer.prompt === '' ? null : 'text',
      similarity_fn_name: 'cosine',
    }),
    jsonFile('1_Pooling/config.json', {
      word_embedding_dimension: config.hiddenSize,
      pooling_mode_cls_token: isFirst,
      pooling_mode_mean_tokens: !isFirst,
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
      include_prompt: true,
    }),
    ...(head.normalised ? [jsonFile('2_Normalize/config.json', {})] : []),
    jsonFile('head.json', {
      labels,
      weight: labels.map((_, label) => [...head.weight.subarray(label * inputs, (label + 1) * inputs)]),
      bias: [...head.bias],
      vectors,
    }),
    textFile('head.py', HEAD_PY),
    textFile(
      'README.md',
      modelCard(card, {
        library: 'sentence-transformers',
        tags: ['sentence-transformers', 'text-classification', 'hone'],
        pipeline: 'text-classification',
        uses: [{ language: 'python', code: sentenceCode(folder) }],
      }),
    ),
  ];
}
