/** A decoder with a new adapter beside its frozen weights. */
import { type LoraConfig, loraConfigOf } from '../../../core/models/lora';
import { createRandom, deriveSeed } from '../../../core/random';
import type { Settings } from '../../../core/settings/settings';
import { createAdapter } from '../../adapters/adapter';
import { Fork } from '../../fit/fork';
import type { Decoder } from '../../models/decoder';

export interface ForkedDecoder {
  /** The caller's. */
  fork: Fork;
  /** The model with what the fork learns. */
  decoder: Decoder;
  lora: LoraConfig;
  /** Puts the fork back to where it began. */
  restart(): void;
}

/** What an adapter begins with. */
type AdapterSettings = Pick<Settings, 'rank' | 'alpha' | 'loraDropout' | 'targetModules' | 'rankStabilized' | 'seed'>;

/** The adapter of a fold as it begins: the same for the same seed. */
export function forkForAdapter(model: Decoder, settings: AdapterSettings, fold: number): ForkedDecoder {
  const { rank, alpha, loraDropout, targetModules, rankStabilized, seed } = settings;
  const lora = loraConfigOf(
    { rank, alpha, dropout: loraDropout, targets: targetModules, rankStabilized },
    model.family.id,
  );
  const modules = model.family.linearModules(model.config);
  const fresh = () => createAdapter(modules, lora, createRandom(deriveSeed(seed, 'adapter', fold)));
  const fork = new Fork(model.weights, [], fresh(), lora);
  return { fork, decoder: { ...model, weights: fork.weights, lora }, lora, restart: () => fork.reset(fresh()) };
}
