/** The folder that Ollama, LM Studio and llama.cpp take: the GGUF of a whole model, a Modelfile, README.md. */
import { type PlannedFile, textFile } from '../formats/planned-file';
import { ggufModel, type GgufModelType } from './gguf-model';
import type { ExportedDecoder } from './merged-folder';
import { modelCard } from './model-card';
import { modelfile, type RenderChat } from './modelfile';
import { endTokens } from './tokenizer-files';

/** How it is loaded. */
export function ggufCode(folder: string): string {
  return `ollama create ${folder} -f ${folder}/Modelfile
ollama run ${folder} "Hello"
llama-cli -m ${folder}/${folder}.gguf   # the same in llama.cpp`;
}

/** The folder's files; throws as `ggufModel`. */
export function ggufFolder(
  model: ExportedDecoder,
  type: GgufModelType,
  { folder, render }: { folder: string; render: RenderChat },
): PlannedFile[] {
  const gguf = `${folder}.gguf`;
  return [
    ggufModel(gguf, model, type),
    modelfile(gguf, render, endTokens(model.tokenizer)),
    textFile(
      'README.md',
      modelCard(model.card, {
        library: 'gguf',
        tags: ['gguf', 'hone'],
        pipeline: 'text-generation',
        uses: [{ language: 'sh', code: ggufCode(folder) }],
      }),
    ),
  ];
}
