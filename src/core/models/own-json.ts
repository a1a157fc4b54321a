/** The JSON files of a model's folder, read with care: they are a person's, and may be anything. */
import type { ByteSource } from '../formats/byte-source';
import { damagedFile, unsupportedFile } from '../formats/stored-tensor';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The largest tokenizer.json in use has 35 MB. */
const MAX_BYTES = 100_000_000;

/** The text of a file; throws `model-unsupported` for one that is too large to be what its name says. */
export async function readText(source: ByteSource): Promise<string> {
  const { file, size } = source;
  if (size > MAX_BYTES)
    throw unsupportedFile(file, `it has ${size} bytes, more than any such file`, 'Choose another model.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, size));
  } catch (cause) {
    if (cause instanceof TypeError) throw damagedFile(file, 'it is not UTF-8', cause);
    throw cause;
  }
}

/** The object in a file; throws `model-damaged` where there is none. */
export async function readJson(source: ByteSource): Promise<JsonRecord> {
  return parseRecord(source.file, await readText(source));
}

/** The object in a text; throws `model-damaged` where there is none. */
export function parseRecord(file: string, text: string): JsonRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damagedFile(file, 'it is not JSON', cause);
  }
  if (!isRecord(json)) throw damagedFile(file, 'it is not a JSON object');
  return json;
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
