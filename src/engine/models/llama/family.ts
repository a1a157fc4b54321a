/** Llama's shape as the other rooms see it. */
import { decoderCounts } from '../../../core/models/decoder-counts';
import type { DecoderFamily } from '../family';
import {
  allNames,
  isLinearWeight,
  linearModules,
  outputTable,
  parseConfig,
  trainableNames,
  WORD_TABLE,
} from './config';
import { continueLayers, embed, finish, runLayers } from './modeling';
import { tokenLogits } from './token-step';
import { asTheyAre, fromFiles } from './weights';

export const llama = {
  id: 'llama',
  task: 'decoder',
  parseConfig,
  embed,
  runLayers,
  continueLayers,
  tokenLogits,
  finish,
  wordTable: WORD_TABLE,
  outputTable,
  allNames,
  trainableNames,
  linearModules,
  isLinearWeight,
  fromFiles,
  toKept: asTheyAre,
  fromKept: asTheyAre,
  counts: decoderCounts,
} satisfies DecoderFamily;
