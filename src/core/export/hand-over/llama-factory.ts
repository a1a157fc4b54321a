/**
 * llama_factory.yaml: LoRA on rows that are tokens already (data/tokenized, which tokenized.py writes), so that exactly the
 * tokens of the page are learned; dataset_info.json names the same rows as messages, for whoever wants its own templates.
 */
import { loraConfigOf } from '../../models/lora';
import type { AnswersHandOver } from './answer-rows';
import { baseEntry } from './hand-over';
import { namedSettings, settingsElsewhere } from './settings-elsewhere';
import { type YamlEntry, yamlLines } from './yaml';

const DATASET = 'hone_train';

/** The file's text. */
export function llamaFactoryYaml(handed: AnswersHandOver): string {
  const { settings, steps, trained, family, trainer } = handed;
  const named = namedSettings(settingsElsewhere(trainer.dialect, settings, steps).mapped);
  const { adapter } = trained;
  const { weights } = baseEntry(handed);
  return yamlLines([
    ['model_name_or_path', weights as string],
    ['stage', 'sft'],
    ['do_train', true],
    ['finetuning_type', 'lora'],
    ...Object.entries(named).map(([key, value]): YamlEntry => {
      if (key === 'lora_target') {
        return [key, adapter === undefined ? 'all' : loraConfigOf(adapter, family).targetModules.join(',')];
      }
      return [key, value];
    }),
    ['dataset_dir', 'data'],
    ['dataset', DATASET],
    ['tokenized_path', 'data/tokenized', 'Tokens and labels as the page wrote them: the template below is not used.'],
    ['template', 'empty'],
    ['packing', false],
    ['bf16', true],
    ['logging_steps', 1],
    ['save_strategy', 'epoch'],
    ['report_to', 'none'],
    ['output_dir', 'out'],
  ]);
}

/** data/dataset_info.json. */
export function datasetInfo(): object {
  return {
    [DATASET]: {
      file_name: 'train.jsonl',
      formatting: 'sharegpt',
      columns: { messages: 'messages' },
      tags: {
        role_tag: 'role',
        content_tag: 'content',
        user_tag: 'user',
        assistant_tag: 'assistant',
        system_tag: 'system',
        observation_tag: 'tool',
        function_tag: 'function_call',
      },
    },
  };
}
