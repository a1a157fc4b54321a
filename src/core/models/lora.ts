/**
 * A LoRA adapter (Hu et al. 2021) as a plain value: its sizes, which modules it stands on, and what a product of its two
 * matrices is multiplied by. Named as in PEFT, in whose files it is `r`, `lora_alpha`, `lora_dropout`, `target_modules`,
 * `use_rslora`.
 */
import { AppError } from '../errors';

export interface LoraConfig {
  rank: number;
  alpha: number;
  /** Share of the values that go into an adapter, dropped at random while training. */
  dropout: number;
  /** Module names by their last parts, as PEFT matches them: `q_proj`, `self.query`. */
  targetModules: readonly string[];
  /** Scaled by alpha/√rank (Kalajdzievski 2023) in place of alpha/rank. */
  rankStabilized: boolean;
}

/** The same before it is known on which model: its layers by kind. */
export interface LoraChoice extends Omit<LoraConfig, 'targetModules'> {
  targets: 'all-linear' | 'attention' | 'query-value';
}

/** What B·A is multiplied by. */
export function loraScaling({
  rank,
  alpha,
  rankStabilized,
}: Pick<LoraConfig, 'rank' | 'alpha' | 'rankStabilized'>): number {
  return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
}

/** Names of a family's linear layers, as PEFT's `target_modules` have them. */
const TARGETS: Readonly<Record<string, Readonly<Record<LoraChoice['targets'], readonly string[]>>>> = {
  bert: {
    'all-linear': ['query', 'key', 'value', 'dense'],
    attention: ['query', 'key', 'value', 'attention.output.dense'],
    'query-value': ['query', 'value'],
  },
  llama: {
    'all-linear': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
    attention: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
    'query-value': ['q_proj', 'v_proj'],
  },
};

/** A choice for models of a family; throws `config-invalid` for a family of which no linear layers are known. */
export function loraConfigOf({ targets, ...sizes }: LoraChoice, family: string): LoraConfig {
  const names = TARGETS[family]?.[targets];
  if (!names) refuse(`Models of the kind «${family}» have no layers that an adapter is known to stand on.`, { family });
  return { ...sizes, targetModules: names };
}

/** Values of an adapter on a model of that shape. */
export function adapterParameters(
  { layers, adapterWidths }: { layers: number; adapterWidths: Readonly<Record<LoraChoice['targets'], number>> },
  { rank, targets }: Pick<LoraChoice, 'rank' | 'targets'>,
): number {
  return layers * rank * adapterWidths[targets];
}

/** Where other tools drop an adapter without a word: tables of embeddings, and the layer that gives the logits. */
const NEVER = /(^|\.)(lm_head|embed_tokens|\w*embeddings)(\.|$)/;

/** True where a module's path ends with a target's name, at a dot: PEFT's rule. */
export function isTargeted(path: string, targetModules: readonly string[]): boolean {
  return targetModules.some((target) => path === target || path.endsWith(`.${target}`));
}

/**
 * The module paths, of those that may have an adapter, that a config names. Throws `config-invalid` for sizes that make no
 * adapter, for a target that is none of these modules, and for embeddings and `lm_head`.
 */
export function targetPaths(config: LoraConfig, modules: readonly string[]): string[] {
  checkLora(config);
  const { targetModules } = config;
  for (const target of targetModules) {
    if (NEVER.test(target)) {
      refuse(
        `An adapter never stands on «${target}»: embeddings and lm_head stay as they came, because llama.cpp and other ` +
          'tools leave such an adapter out without a word. Choose linear layers.',
        { target },
      );
    }
    if (!modules.some((path) => isTargeted(path, [target]))) {
      refuse(`The model has no linear layer «${target}». It has ${namesOf(modules).join(', ')}.`, { target });
    }
  }
  return modules.filter((path) => isTargeted(path, targetModules));
}

/** Throws `config-invalid` where the numbers make no adapter. */
export function checkLora({ rank, alpha, dropout, targetModules }: LoraConfig): void {
  if (!Number.isInteger(rank) || rank < 1) refuse(`An adapter's rank is a whole number from 1 on; got ${rank}.`);
  if (!Number.isFinite(alpha) || alpha <= 0) refuse(`An adapter's alpha is a number above 0; got ${alpha}.`);
  if (!(dropout >= 0 && dropout < 1)) refuse(`An adapter's dropout is from 0 to below 1; got ${dropout}.`);
  if (targetModules.length === 0) refuse('An adapter needs at least one layer to stand on; none is named.');
}

function namesOf(modules: readonly string[]): string[] {
  return [...new Set(modules.map((path) => path.split('.').at(-1) ?? path))];
}

function refuse(message: string, details: Record<string, string> = {}): never {
  throw new AppError('config-invalid', message, { details });
}
