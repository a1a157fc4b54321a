/** The built-in model as files on disk, for tests and scripts. */
import { readFile } from 'node:fs/promises';
import { findModel, DEFAULT_MODEL_ID } from '../../src/core/models/registry';
import type { ModelSource } from '../../src/engine/models/read-model';

/** Reads the committed model folder. */
export function builtInModel(id = DEFAULT_MODEL_ID): ModelSource {
  const { folder } = findModel(id);
  const base = new URL(`../../public/${folder}/`, import.meta.url);
  return { read: async (file) => Uint8Array.from(await readFile(new URL(file, base))) };
}
