/** BERT as the other rooms see it. */
import type { EncoderFamily } from '../family';
import { allNames, isLinearWeight, linearModules, parseConfig, trainableNames, WORD_TABLE } from './config';
import { bertCounts } from './counts';
import { embed, pool, runLayers } from './modeling';
import { packQkv, splitQkv } from './packing';
import { fromFiles } from './weights';

export const bert = {
  id: 'bert',
  task: 'encoder',
  parseConfig,
  embed,
  runLayers,
  linearModules,
  pool,
  wordTable: WORD_TABLE,
  allNames,
  trainableNames,
  isLinearWeight,
  fromFiles,
  toKept: splitQkv,
  fromKept: packQkv,
  counts: bertCounts,
} satisfies EncoderFamily;
