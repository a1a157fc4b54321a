/** A Hugging Face folder as a base model: config.json, tokenizer.json, *.safetensors. Pickles are never opened. */
import { AppError } from '../errors';
import type { ByteSource } from '../formats/byte-source';
import { readSafetensors } from '../formats/safetensors';
import { damagedFile, unsupportedFile } from '../formats/stored-tensor';
import type { TokenizerKind } from './card';
import { DECODER_CLASSES, type DecoderArchitecture, decoderConfigOf } from './decoder-config';
import { readCardHead } from './own-card';
import { type JsonRecord, parseRecord, readJson, readText } from './own-json';
import { classOfModel, headOfVectors, type OwnClassifier } from './own-classifier';
import type { OwnEncoder, OwnModel } from './own-model';
import { readSentenceSettings } from './own-sentences';
import { type FoundTensor, ownTensors } from './own-tensors';
import { checkTokenizer, demandEnd, type OwnTokenizer } from './own-tokenizer';
import { type BertShape, bertShapes, decoderShapes } from './parameter-shapes';

type EncoderArchitecture = 'bert' | 'xlm-roberta';

/** The allow-list: `architectures` of config.json, and what its parameters' names begin with there. */
const DECODERS = new Map(Object.entries(DECODER_CLASSES).map(([type, name]) => [name, type as DecoderArchitecture]));
const ENCODERS: ReadonlyMap<string, EncoderArchitecture> = new Map([
  ['BertModel', 'bert'],
  ['BertForMaskedLM', 'bert'],
  ['BertForSequenceClassification', 'bert'],
  ['XLMRobertaModel', 'xlm-roberta'],
  ['XLMRobertaForMaskedLM', 'xlm-roberta'],
  ['XLMRobertaForSequenceClassification', 'xlm-roberta'],
]);
const HEADED = 'ForSequenceClassification';
/** SetFit's. */
const PICKLED_HEAD = /(^|\/)model_head\.(pkl|joblib)$/;
const PREFIX = /^(bert|roberta)\./;
/** What encoders have on top and is not used here: heads, and numbers of positions that older versions stored. */
const ON_TOP = /^(pooler\.|cls\.|classifier\.|lm_head\.|embeddings\.(position_ids|token_type_ids)$)/;
/** The output table where it is the word table, and frequencies that older versions stored. */
const TIED = /^lm_head\.weight$|\.rotary_emb\.inv_freq$/;
const UNTIED = /\.rotary_emb\.inv_freq$/;

/** Reads a folder's files; `files` are called by their names in it. Throws as `readOwnModel`. */
export async function readOwnFolder(title: string, files: readonly ByteSource[]): Promise<OwnModel> {
  const byName = new Map(files.map((source) => [source.file, source]));
  const need = (name: string): ByteSource => {
    const source = byName.get(name);
    if (source === undefined) throw missing(title, name, byName);
    return source;
  };
  const config = await readJson(need('config.json'));
  const [architecture] = Array.isArray(config['architectures']) ? (config['architectures'] as unknown[]) : [];
  const decoder = DECODERS.get(String(architecture));
  const encoder = ENCODERS.get(String(architecture));
  if (decoder === undefined && encoder === undefined) {
    const known = [...DECODERS.keys(), ...ENCODERS.keys()].join(', ');
    throw unsupportedFile(
      'config.json',
      `its architecture is «${String(architecture ?? 'not named')}»; known are ${known}`,
      'Choose a model of one of these.',
    );
  }
  const found = await findTensors(title, byName, need);
  const tokenizerJson = await readText(need('tokenizer.json'));
  const common = { title, ...(await readCardHead(byName.get('README.md'))) };
  if (decoder !== undefined) {
    const parsed = decoderConfigOf('config.json', decoder, config);
    const tensors = ownTensors(title, found, decoderShapes(parsed), parsed.tiedEmbeddings ? TIED : UNTIED);
    const tokenizer = await readTokenizer(byName, tokenizerJson, config, ['bpe'], parsed.vocabSize);
    demandEnd(title, tokenizer);
    return { ...common, task: 'decoder', family: 'llama', architecture: decoder, config: parsed, tensors, tokenizer };
  }
  const { shape, skipped } = encoderConfig(encoder === 'xlm-roberta', config);
  const table = found.get('embeddings.position_embeddings.weight');
  if (table !== undefined) table.skippedLines = skipped;
  const tensors = ownTensors(title, found, bertShapes(shape), ON_TOP);
  // Several models of BERT's shape for many languages have XLM-RoBERTa's words.
  const kinds: TokenizerKind[] = encoder === 'xlm-roberta' ? ['unigram'] : ['wordpiece', 'unigram'];
  const tokenizer = await readTokenizer(byName, tokenizerJson, config, kinds, shape.vocabSize);
  const { pooling, prompt, maxTokens, normalised } = await readSentenceSettings(byName);
  const head = await headOf(byName, () => {
    if (String(architecture).endsWith(HEADED)) return classOfModel(title, encoder ?? 'bert', config, found);
    const json = byName.get('head.json');
    return json === undefined ? null : headOfVectors(json, shape.hiddenSize, normalised);
  });
  return {
    ...common,
    ...{ task: 'encoder', family: 'bert', architecture: encoder ?? 'bert', tensors, tokenizer, prompt },
    config: { ...shape, ...(pooling !== 'mean' && { pooling }) },
    maxTokens: Math.min(maxTokens ?? Infinity, shape.maxPositions),
    ...head,
  };
}

/** The head of a classifier's folder, or why it cannot be used: the encoder can, all the same. */
async function headOf(
  byName: ReadonlyMap<string, ByteSource>,
  find: () => OwnClassifier | null | Promise<OwnClassifier | null>,
): Promise<Pick<OwnEncoder, 'classifier' | 'noClassifier'>> {
  try {
    const classifier = await find();
    if (classifier !== null) return { classifier };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { noClassifier: error.message };
  }
  const pickle = [...byName.keys()].find((file) => PICKLED_HEAD.test(file));
  if (pickle === undefined) return {};
  const what = 'its head is a pickle, which can run code when it is opened, and is never opened here';
  const act = 'Its body opens: fit a head to your rows, or sort by what labels mean.';
  return { noClassifier: unsupportedFile(pickle, what, act).message };
}

function missing(title: string, name: string, there: ReadonlyMap<string, ByteSource>): Error {
  const pickle = [...there.keys()].find((file) => /\.(bin|pt|pth|ckpt)$/.test(file));
  if (name.endsWith('.safetensors') && pickle !== undefined) {
    const act = 'Choose a folder with model.safetensors, or convert it with transformers (save_pretrained).';
    return unsupportedFile(
      pickle,
      'it is a pickle, which can run code when it is opened, and is never opened here',
      act,
    );
  }
  return damagedFile(title, `the file ${name} is missing`);
}

async function findTensors(
  title: string,
  byName: ReadonlyMap<string, ByteSource>,
  need: (name: string) => ByteSource,
): Promise<Map<string, FoundTensor>> {
  const index = byName.get('model.safetensors.index.json');
  const map = index === undefined ? null : (await readJson(index))['weight_map'];
  if (map !== null && (typeof map !== 'object' || map === undefined)) {
    throw damagedFile('model.safetensors.index.json', 'it has no weight_map');
  }
  const places = map === null ? null : new Map(Object.entries(map ?? {}).map(([name, file]) => [name, String(file)]));
  const shards = places === null ? ['model.safetensors'] : [...new Set(places.values())];
  const found = new Map<string, FoundTensor>();
  for (const shard of shards) {
    const source = need(shard);
    for (const tensor of (await readSafetensors(source)).tensors) {
      if (places !== null && places.get(tensor.name) !== shard) {
        throw damagedFile(shard, `it has «${tensor.name}», which the index places elsewhere`);
      }
      const name = tensor.name.replace(PREFIX, '');
      if (found.has(name)) throw damagedFile(title, `the parameter «${name}» is there twice`);
      found.set(name, { ...tensor, name, source, turnedBy: null, skippedLines: 0 });
    }
  }
  return found;
}

/** XLM-RoBERTa counts positions from behind the padding's number; the rows before are not used. */
function encoderConfig(isRoberta: boolean, json: JsonRecord): { shape: BertShape; skipped: number } {
  const refuse = (field: string, found: unknown, wanted: string): never => {
    const reason = `${field} is ${JSON.stringify(found)}, and only ${wanted} is computed here`;
    throw unsupportedFile('config.json', reason, 'Choose another model.');
  };
  const count = (field: string, or?: number): number => {
    const value = json[field] ?? or;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    return refuse(field, value ?? null, 'a whole number');
  };
  const only = (field: string, wanted: unknown, absent: unknown = wanted): void => {
    const found = json[field] ?? absent;
    if (found !== wanted) refuse(field, found, JSON.stringify(wanted));
  };
  only('hidden_act', 'gelu', null);
  only('position_embedding_type', 'absolute');
  only('is_decoder', false);
  const eps = json['layer_norm_eps'] ?? 1e-12;
  const skipped = isRoberta ? count('pad_token_id', 1) + 1 : 0;
  const heads = count('num_attention_heads');
  const hiddenSize = count('hidden_size');
  if (heads === 0 || hiddenSize % heads !== 0) refuse('num_attention_heads', heads, 'a divisor of hidden_size');
  const shape: BertShape = {
    vocabSize: count('vocab_size'),
    hiddenSize,
    layers: count('num_hidden_layers'),
    heads,
    intermediateSize: count('intermediate_size'),
    maxPositions: count('max_position_embeddings') - skipped,
    typeVocabSize: count('type_vocab_size', 2),
    layerNormEps: typeof eps === 'number' && eps > 0 ? eps : refuse('layer_norm_eps', eps, 'a number'),
  };
  return { shape, skipped };
}

async function readTokenizer(
  byName: ReadonlyMap<string, ByteSource>,
  json: string,
  config: JsonRecord,
  kinds: Parameters<typeof checkTokenizer>[2],
  vocabSize: number,
): Promise<OwnTokenizer> {
  const optional = async (name: string): Promise<JsonRecord> => {
    const source = byName.get(name);
    return source === undefined ? {} : readJson(source);
  };
  const { kind, idOf, tokenOf } = checkTokenizer(
    'tokenizer.json',
    parseRecord('tokenizer.json', json),
    kinds,
    vocabSize,
  );
  const said = await optional('tokenizer_config.json');
  const generation = await optional('generation_config.json');
  const jinja = byName.get('chat_template.jinja');
  const named = tokenText(said['eos_token']);
  const eosId = named === null ? null : idOf(named);
  const ends = [generation['eos_token_id'] ?? config['eos_token_id'], eosId].flat();
  const endIds = [...new Set(ends.filter((id): id is number => typeof id === 'number' && id < vocabSize))];
  const [first] = endIds;
  return {
    kind,
    json,
    chatTemplate: jinja === undefined ? templateText(said['chat_template']) : await readText(jinja),
    bosToken: tokenText(said['bos_token']),
    eosToken: named ?? (first === undefined ? null : tokenOf(first)),
    endIds,
  };
}

/** A token stands alone or as the `content` of an object. */
function tokenText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const content = typeof value === 'object' && value !== null && 'content' in value ? value.content : null;
  return typeof content === 'string' ? content : null;
}

/** A template, or the one called «default» of several. */
function templateText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named: unknown = value.find(
    (one: unknown) => typeof one === 'object' && one !== null && 'name' in one && one.name === 'default',
  );
  const template = typeof named === 'object' && named !== null && 'template' in named ? named.template : null;
  return typeof template === 'string' ? template : null;
}
