/**
 * axolotl.yaml: LoRA on rows that are tokens already, so that exactly the tokens of the page are learned. Its own ways of
 * packing, cutting and holding rows out are off.
 */
import { loraConfigOf } from '../../models/lora';
import type { AnswersHandOver } from './answer-rows';
import { baseEntry } from './hand-over';
import { namedSettings, settingsElsewhere } from './settings-elsewhere';
import { type YamlEntry, yamlLines } from './yaml';

/** The file's text. */
export function axolotlYaml(handed: AnswersHandOver): string {
  const { settings, steps, trained, family, trainer } = handed;
  const named = namedSettings(settingsElsewhere(trainer.dialect, settings, steps).mapped);
  const { adapter } = trained;
  const { weights, tokenizer } = baseEntry(handed);
  return yamlLines([
    ['base_model', weights as string],
    ['tokenizer_config', tokenizer as string],
    ['adapter', 'lora'],
    ...Object.entries(named).map(([key, value]): YamlEntry => {
      if (key === 'lora_target_modules') {
        return [key, adapter === undefined ? [] : loraConfigOf(adapter, family).targetModules];
      }
      return [key, value];
    }),
    ['optimizer', 'adamw_torch'],
    [
      'datasets',
      [{ path: 'data/axolotl.jsonl', ds_type: 'json', type: null }],
      'Tokens and labels as the page wrote them: no type, no template.',
    ],
    ['dataset_prepared_path', 'out/prepared'],
    ['val_set_size', 0],
    ['sample_packing', false],
    ['pad_to_sequence_len', false],
    ['train_on_inputs', false, 'The labels decide: -100 is not learned.'],
    ['bf16', 'auto'],
    ['gradient_checkpointing', false],
    ['logging_steps', 1],
    ['saves_per_epoch', 1],
    ['output_dir', 'out'],
  ]);
}
