/** adapter_config.json as PEFT 0.21 reads it (src/peft/tuners/lora/config.py), with nothing in it that it would ask back. */
import type { LoraAdapter } from './model-tensors';

export type PeftTask = 'CAUSAL_LM' | 'FEATURE_EXTRACTION';

/** `base` is the name or folder under which the base model is found. */
export function adapterConfig({ config, modules }: LoraAdapter, task: PeftTask, base: string): Record<string, unknown> {
  return {
    peft_type: 'LORA',
    task_type: task,
    base_model_name_or_path: base,
    revision: null,
    inference_mode: true,
    r: config.rank,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    use_rslora: config.rankStabilized,
    // An encoder of Hugging Face's has more layers than ours, a pooler: there the paths are named, not their last parts.
    target_modules: task === 'CAUSAL_LM' ? [...config.targetModules] : modules.map(({ path }) => path),
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
    use_dora: false,
  };
}
