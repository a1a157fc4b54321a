/**
 * The folder with everything in one graph, laid out as transformers.js and optimum look for it: `onnx/model.onnx`, or
 * `onnx/model_quantized.onnx` in 8 bits, config.json with the labels, the tokenizer, README.md.
 */
import { onnxFile } from '../../formats/onnx';
import { type PlannedFile, textFile } from '../../formats/planned-file';
import { modelCard } from '../model-card';
import { bertConfig, encoderTokenizer } from './encoder-files';
import type { ExportedClassifier } from './exported-classifier';
import { classifierGraph, type OnnxWeights } from './onnx-graph';

/** Where the graph is. */
export const ONNX_PATHS: Readonly<Record<OnnxWeights, string>> = {
  float32: 'onnx/model.onnx',
  int8: 'onnx/model_quantized.onnx',
};

/** How it is loaded. */
export function onnxCode(folder: string, weights: OnnxWeights): string {
  const dtype = { float32: 'fp32', int8: 'q8' }[weights];
  return `import { env, pipeline } from "@huggingface/transformers";
env.localModelPath = "./"; env.allowRemoteModels = false;
const ask = await pipeline("text-classification", "${folder}", { dtype: "${dtype}" });
await ask("Where is my parcel?", { top_k: null });`;
}

/** The same from Python, in which transformers' own classes have no mean of the tokens. */
export function onnxPython(folder: string, weights: OnnxWeights): string {
  return `import json, numpy as np, onnxruntime
from tokenizers import Tokenizer
read = Tokenizer.from_file("${folder}/tokenizer.json")
labels = json.load(open("${folder}/config.json"))["id2label"]
session = onnxruntime.InferenceSession("${folder}/${ONNX_PATHS[weights]}")
def ask(text):
    ids = np.array([read.encode(text).ids])
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    z = session.run(None, {i.name: given[i.name] for i in session.get_inputs()})[0][0]
    return dict(zip(labels.values(), (np.exp(z - z.max()) / np.exp(z - z.max()).sum()).tolist()))`;
}

/** The folder's files. */
export function onnxFolder(classifier: ExportedClassifier, weights: OnnxWeights): PlannedFile[] {
  const { card, config, labels, folder } = classifier;
  const { graph, tensors } = classifierGraph(classifier, weights);
  return [
    onnxFile(ONNX_PATHS[weights], graph, tensors),
    bertConfig(config, 'BertForSequenceClassification', labels),
    ...encoderTokenizer(classifier, { withPrompt: true }),
    textFile(
      'README.md',
      modelCard(card, {
        library: 'transformers.js',
        tags: ['onnx', 'text-classification', 'hone'],
        pipeline: 'text-classification',
        uses: [
          { language: 'js', code: onnxCode(folder, weights) },
          { language: 'python', code: onnxPython(folder, weights) },
        ],
      }),
    ),
  ];
}
