/** Which built-in models are whole in this browser. */
import { parseManifest } from '../core/models/manifest';
import { MODELS } from '../core/models/registry';
import { getModelFile, listModelFiles } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';

/** Their ids, in the order of the registry. The bytes themselves are not read. */
export async function modelsHere(database: HoneDatabase): Promise<string[]> {
  const whole: string[] = [];
  for (const { id } of MODELS) {
    const kept = await getModelFile(database, `${id}/manifest.json`);
    if (kept === null) continue;
    const { tokenizer, shards } = parseManifest(new TextDecoder().decode(kept.bytes));
    const files = new Set(await listModelFiles(database, id));
    if ([tokenizer, ...shards].every(({ file }) => files.has(file))) whole.push(id);
  }
  return whole;
}
