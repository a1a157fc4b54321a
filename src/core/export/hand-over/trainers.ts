/** Where a run can go on: what each trainer is for, how it is named, and the commands that start it. */
import type { TaskKind } from '../../models/card';
import type { Method } from '../../settings/settings';
import { methodDefinition } from '../../settings/methods';

export type TrainerId = 'trainer' | 'trainer-ray' | 'trl' | 'trl-ray' | 'axolotl' | 'llama-factory';

/** By whose names settings go there: our scripts keep the page's own. */
export type Dialect = 'script' | 'axolotl' | 'llama-factory';

export interface Trainer {
  id: TrainerId;
  task: TaskKind;
  title: string;
  /** What it is, in one line. */
  note: string;
  dialect: Dialect;
  /** One command on one machine; the first lines prepare what it needs. */
  command: string;
  /** The same on several. */
  cluster: string;
  /** Packages, as pip takes them: the versions that its files were tried with, or the lowest that have what they ask for. */
  packages: readonly string[];
}

const TORCH = ['torch>=2.6', 'transformers>=5.20', 'accelerate>=1.12', 'peft>=0.18', 'numpy'];
const RAY = 'ray[train]>=2.50';
const TRL = 'trl>=1.16';

const RAY_COMMAND = 'python ray_train.py --workers 2';
const RAY_CLUSTER = 'ray job submit --working-dir . -- python ray_train.py --workers 8 --out /shared/out';

export const TRAINERS: readonly Trainer[] = [
  {
    id: 'trainer',
    task: 'classification',
    title: 'Hugging Face Trainer',
    note: 'one script, one GPU',
    dialect: 'script',
    command: 'python train.py',
    cluster: 'torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint HOST:29500 train.py',
    packages: TORCH,
  },
  {
    id: 'trainer-ray',
    task: 'classification',
    title: 'Ray Train',
    note: 'the same on any number of workers',
    dialect: 'script',
    command: RAY_COMMAND,
    cluster: RAY_CLUSTER,
    packages: [...TORCH, RAY],
  },
  {
    id: 'trl',
    task: 'generation',
    title: 'TRL',
    note: 'one script, one GPU: SFTTrainer with LoRA',
    dialect: 'script',
    command: 'python train.py',
    cluster: 'torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint HOST:29500 train.py',
    packages: [...TORCH, 'datasets>=4.0', TRL],
  },
  {
    id: 'trl-ray',
    task: 'generation',
    title: 'Ray Train',
    note: 'the same on any number of workers',
    dialect: 'script',
    command: RAY_COMMAND,
    cluster: RAY_CLUSTER,
    packages: [...TORCH, 'datasets>=4.0', TRL, RAY],
  },
  {
    id: 'axolotl',
    task: 'generation',
    title: 'Axolotl',
    note: 'a YAML for its own command line',
    dialect: 'axolotl',
    command: 'axolotl train axolotl.yaml',
    cluster:
      'axolotl train axolotl.yaml --launcher torchrun -- --nnodes 2 --nproc_per_node 4 --rdzv_endpoint HOST:29500',
    packages: ['axolotl'],
  },
  {
    id: 'llama-factory',
    task: 'generation',
    title: 'LLaMA-Factory',
    note: 'a YAML for its own command line',
    dialect: 'llama-factory',
    command: 'python tokenized.py\nllamafactory-cli train llama_factory.yaml',
    cluster:
      'python tokenized.py\nFORCE_TORCHRUN=1 NNODES=2 NODE_RANK=0 MASTER_ADDR=HOST MASTER_PORT=29500 llamafactory-cli train llama_factory.yaml',
    packages: ['llamafactory', 'datasets'],
  },
];

/** The trainer of that id. */
export function trainer(id: TrainerId): Trainer {
  const found = TRAINERS.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`There is no trainer ${id}.`);
  return found;
}

/** A folder for a trainer, as it is asked for: with the base's weights in it, or their public name alone. */
export type HandOverId = `hand-over:${TrainerId}` | `hand-over:${TrainerId}:named`;

export function handOverId(id: TrainerId, withBase: boolean): HandOverId {
  return withBase ? `hand-over:${id}` : `hand-over:${id}:named`;
}

/** What an id asks for; null of one that is a format. */
export function handOverOf(id: string): { trainer: Trainer; withBase: boolean } | null {
  const [head, name, named] = id.split(':');
  const found = head === 'hand-over' ? TRAINERS.find((one) => one.id === name) : undefined;
  return found ? { trainer: found, withBase: named === undefined } : null;
}

/** Why a run by that method is handed over to none; null where it is. */
export function noTrainerFor(method: Method): string | null {
  const { id, title, iterated, epochs, task } = methodDefinition(method);
  if (task === 'generation') return null;
  if (!iterated) {
    return `${title} leaves the model as it came: there is nothing to train on a bigger machine. Train top layers, an adapter or everything, then hand that over.`;
  }
  if (epochs({ nEpochs: 1 }) === null) {
    return `${title} trains on pairs, for which none of these trainers has the loss. Train top layers, an adapter or everything, then hand that over.`;
  }
  return id === method ? null : `${title} is of another version of Hone.`;
}
