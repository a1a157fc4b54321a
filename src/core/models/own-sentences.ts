/**
 * What a folder of sentence-transformers says beside its model: how a text's states become its vector (modules.json and
 * the pooling's config), how long texts may be, and what stands before each. A folder without it: the mean of the states.
 */
import type { ByteSource } from '../formats/byte-source';
import { damagedFile, unsupportedFile } from '../formats/stored-tensor';
import { isRecord, type JsonRecord, readJson, readText } from './own-json';

export interface SentenceSettings {
  pooling: 'mean' | 'first';
  /** Null where it is not said. */
  maxTokens: number | null;
  prompt: string;
  /** Vectors are made 1 long. */
  normalised: boolean;
}

/** What a module may do: the encoder itself, pooling, and making vectors of length 1, which is done here anyway. */
const KNOWN_MODULES = ['Transformer', 'Pooling', 'Normalize'];
/** Modes of pooling that are computed here, as the config's fields and its newer names have them. */
const MODES: Readonly<Record<string, SentenceSettings['pooling']>> = {
  mean_tokens: 'mean',
  mean: 'mean',
  cls_token: 'first',
  cls: 'first',
};

/** Reads it; throws `model-unsupported` for another module or another way to pool. */
export async function readSentenceSettings(byName: ReadonlyMap<string, ByteSource>): Promise<SentenceSettings> {
  const optional = async (name: string): Promise<JsonRecord> => {
    const source = byName.get(name);
    return source === undefined ? {} : readJson(source);
  };
  const length = (await optional('sentence_bert_config.json'))['max_seq_length'];
  const { prompts, default_prompt_name: which } = await optional('config_sentence_transformers.json');
  const prompt = isRecord(prompts) && typeof which === 'string' ? prompts[which] : '';
  return {
    ...(await vectorsOf(byName)),
    maxTokens: typeof length === 'number' && Number.isSafeInteger(length) && length > 0 ? length : null,
    prompt: typeof prompt === 'string' ? prompt : '',
  };
}

async function vectorsOf(
  byName: ReadonlyMap<string, ByteSource>,
): Promise<Pick<SentenceSettings, 'pooling' | 'normalised'>> {
  const modules = byName.get('modules.json');
  let pooling: SentenceSettings['pooling'] = 'mean';
  let normalised = false;
  if (modules === undefined) return { pooling, normalised };
  for (const { type, path } of modulesOf(modules.file, await readText(modules))) {
    const kind = type.replace(/.*\./, '');
    if (!KNOWN_MODULES.includes(kind)) {
      throw unsupportedFile(
        modules.file,
        `its vectors go through «${kind}»; known are ${KNOWN_MODULES.join(', ')}`,
        'Choose another model.',
      );
    }
    if (kind === 'Normalize') normalised = true;
    if (kind !== 'Pooling') continue;
    const file = byName.get(`${path}/config.json`);
    if (file === undefined) throw damagedFile(modules.file, `the file ${path}/config.json is missing`);
    pooling = modeOf(file.file, await readJson(file));
  }
  return { pooling, normalised };
}

function modulesOf(file: string, text: string): { type: string; path: string }[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damagedFile(file, 'it is not JSON', cause);
  }
  if (!Array.isArray(json)) throw damagedFile(file, 'it is not a list of modules');
  return json.map((module: unknown) => {
    const { type, path } = isRecord(module) ? module : {};
    if (typeof type === 'string' && typeof path === 'string') return { type, path };
    throw damagedFile(file, 'a module in it has no type and path');
  });
}

function modeOf(file: string, config: JsonRecord): SentenceSettings['pooling'] {
  const named = config['pooling_mode'];
  const modes =
    typeof named === 'string'
      ? [named]
      : Object.entries(config).flatMap(([field, on]) =>
          on === true ? (/^pooling_mode_(.+)$/.exec(field)?.[1] ?? []) : [],
        );
  const [mode = 'none', ...more] = modes;
  const known = more.length === 0 ? MODES[mode] : undefined;
  if (known !== undefined) return known;
  throw unsupportedFile(
    file,
    `a text's vector is made by «${modes.join(' and ') || 'none'}»; known are the mean of its tokens and the first token`,
    'Choose another model.',
  );
}
