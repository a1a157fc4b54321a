/** The folder of an adapter that PEFT loads: adapter_config.json, adapter_model.safetensors, README.md. */
import { jsonFile, type PlannedFile, textFile } from '../formats/planned-file';
import { packedTensor, type PlannedTensor } from '../formats/planned-tensor';
import { safetensorsFile } from '../formats/safetensors-writer';
import { adapterConfig, type PeftTask } from './adapter-config';
import { modelCard, type ModelCardText } from './model-card';
import type { LoraAdapter } from './model-tensors';

/** How an adapter for written answers is loaded. */
export function peftCode(folder: string, base: string): string {
  return codeFor('AutoModelForCausalLM', folder, base);
}

function codeFor(auto: string, folder: string, base: string): string {
  return `from peft import PeftModel
from transformers import ${auto}
model = PeftModel.from_pretrained(${auto}.from_pretrained(${JSON.stringify(base)}), "${folder}")`;
}

/** The folder's files; values in float32, as they were trained. */
export function peftFolder(adapter: LoraAdapter, task: PeftTask, card: ModelCardText, folder: string): PlannedFile[] {
  const { rank } = adapter.config;
  const tensors = adapter.modules.flatMap(({ path, inputs, outputs, a, b }) => [
    wholeTensor(`base_model.model.${path}.lora_A.weight`, [rank, inputs], a),
    wholeTensor(`base_model.model.${path}.lora_B.weight`, [outputs, rank], b),
  ]);
  const code = codeFor(task === 'CAUSAL_LM' ? 'AutoModelForCausalLM' : 'AutoModel', folder, card.base);
  return [
    jsonFile('adapter_config.json', adapterConfig(adapter, task, card.base)),
    safetensorsFile('adapter_model.safetensors', tensors),
    textFile(
      'README.md',
      modelCard(card, {
        library: 'peft',
        tags: ['lora', 'hone'],
        pipeline: 'text-generation',
        uses: [{ language: 'python', code }],
        isAdapter: true,
      }),
    ),
  ];
}

/** A tensor whose values are all there. */
export function wholeTensor(name: string, shape: readonly [number, number], values: Float32Array): PlannedTensor {
  const [, width] = shape;
  return packedTensor(name, shape, 'float32', (from, to) => values.subarray(from * width, to * width));
}
