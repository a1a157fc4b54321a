/** Which encoders are whole in this browser. */
import { parseManifest } from '../core/models/manifest';
import { ENCODERS } from '../core/models/registry';
import { getModelFile, listModelFiles } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';

/** Their ids, in the order of the registry. The bytes themselves are not read. */
export async function encodersHere(database: HoneDatabase): Promise<string[]> {
  const whole: string[] = [];
  for (const { id } of ENCODERS) {
    const kept = await getModelFile(database, `${id}/manifest.json`);
    if (kept === null) continue;
    const { tokenizer, shards } = parseManifest(new TextDecoder().decode(kept.bytes));
    const files = new Set(await listModelFiles(database, id));
    if ([tokenizer, ...shards].every(({ file }) => files.has(file))) whole.push(id);
  }
  return whole;
}
