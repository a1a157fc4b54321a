/** The folder with an adapter for llama.cpp: the GGUF of its matrices, README.md. */
import { type PlannedFile, textFile } from '../formats/planned-file';
import { ggufAdapter } from './gguf-model';
import type { ExportedDecoder } from './merged-folder';
import { modelCard } from './model-card';
import type { LoraAdapter } from './model-tensors';

/** How it is loaded; the base is to be had as a GGUF. */
export function adapterGgufCode(folder: string, base: string): string {
  return `# base.gguf: ${base} as GGUF
llama-cli -m base.gguf --lora ${folder}/${folder}-adapter.gguf
llama-server -m base.gguf --lora ${folder}/${folder}-adapter.gguf`;
}

/** The folder's files. */
export function adapterGgufFiles({
  folder,
  base: { config, card },
  adapter,
}: {
  folder: string;
  base: ExportedDecoder;
  adapter: LoraAdapter;
}): PlannedFile[] {
  const code = adapterGgufCode(folder, card.base);
  return [
    ggufAdapter(`${folder}-adapter.gguf`, adapter, config, card.title),
    textFile(
      'README.md',
      modelCard(card, {
        library: 'gguf',
        tags: ['gguf', 'lora', 'hone'],
        pipeline: 'text-generation',
        uses: [{ language: 'sh', code }],
        isAdapter: true,
      }),
    ),
  ];
}
