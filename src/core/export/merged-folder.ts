/** The folder of a whole model that `transformers` loads: its values in float16 or float32, config, tokenizer, README.md. */
import { jsonFile, type PlannedFile, textFile } from '../formats/planned-file';
import { packedTensor } from '../formats/planned-tensor';
import { safetensorsFile } from '../formats/safetensors-writer';
import { type DecoderConfig, huggingFaceConfig } from '../models/decoder-config';
import { modelCard, type ModelCardText } from './model-card';
import type { ModelTensors } from './model-tensors';
import { type DecoderTokenizer, tokenIds, tokenizerFolder } from './tokenizer-files';

export interface ExportedDecoder {
  config: DecoderConfig;
  tensors: ModelTensors;
  tokenizer: DecoderTokenizer;
  card: ModelCardText;
}

/** How it is loaded. */
export function mergedCode(folder: string): string {
  return `from transformers import pipeline
chat = pipeline("text-generation", "${folder}")
chat([{"role": "user", "content": "Hello"}], do_sample=False)`;
}

/** The folder's files. */
export function mergedFolder(
  { config, tensors, tokenizer, card }: ExportedDecoder,
  dtype: 'float16' | 'float32',
  folder: string,
): PlannedFile[] {
  const ids = tokenIds(tokenizer);
  const planned = tensors.names.map((name) =>
    packedTensor(name, tensors.shape(name), dtype, (from, to) => tensors.lines(name, from, to)),
  );
  return [
    safetensorsFile('model.safetensors', planned),
    jsonFile('config.json', huggingFaceConfig(config, ids, dtype)),
    jsonFile('generation_config.json', {
      bos_token_id: ids.bos,
      eos_token_id: ids.end.length === 1 ? ids.end[0] : ids.end,
      pad_token_id: ids.pad,
    }),
    ...tokenizerFolder(tokenizer, config.maxPositions),
    textFile(
      'README.md',
      modelCard(card, {
        library: 'transformers',
        tags: ['hone'],
        pipeline: 'text-generation',
        uses: [{ language: 'python', code: mergedCode(folder) }],
      }),
    ),
  ];
}
