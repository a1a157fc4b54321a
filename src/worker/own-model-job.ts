/**
 * From the files that a person chose or dropped to a model in this browser. First the headers: what it is, and whether it
 * can be computed here. Then, where the person wants it, the values: read twice in slices, once for the hash that its id is
 * made of, once to be kept, so that never more than a shard of them is in memory.
 */
import { AppError } from '../core/errors';
import { blobSource } from '../core/formats/byte-source';
import { Sha256 } from '../core/formats/sha256';
import type { FileEntry } from '../core/models/manifest';
import { EASY_ANSWER, EASY_TALK } from '../core/models/model-check';
import { CLASSIFIER_FILE, CLASSIFIER_VALUES, classifierJson, type OwnClassifier } from '../core/models/own-classifier';
import { ownManifest, ownShardName, ownShards } from '../core/models/own-files';
import { ownModelId } from '../core/models/own-id';
import { type OwnEncoder, type OwnModel, ownModelSize } from '../core/models/own-model';
import { ownSummary } from '../core/models/own-summary';
import { readOwnModel } from '../core/models/read-own-model';
import { chatReaderOf } from '../core/text/chat-reader';
import { encodeExample } from '../core/text/examples';
import { createTokenizer } from '../core/text/tokenizer';
import { formatBytes } from '../core/words/numbers';
import { deleteModel, listModelFiles, putModelFile } from '../storage/models';
import type { KeepPorts } from './keep-model';
import type { DataCommand } from './protocol';
import { sha256Of } from './sha256-of';

type Inspect = Extract<DataCommand, { type: 'inspect-model' }>;
type Keep = Extract<DataCommand, { type: 'keep-own-model' }>;
type Ports = Pick<KeepPorts, 'database' | 'post' | 'room'>;

/** A file with its path in the folder that was chosen. */
export interface ChosenFile {
  path: string;
  blob: Blob;
}

/** Reads the headers; rejects with `model-unsupported`, `model-damaged` or `file-unreadable`, saying what it is. */
export async function inspectModel({ post }: Pick<Ports, 'post'>, { requestId, title, files }: Inspect): Promise<void> {
  post({ type: 'model-inspected', requestId, summary: ownSummary(await openOwnModel(title, files)) });
}

/** Keeps all of it; rejects as `inspectModel`, with `storage-full` before anything is written, and with `cancelled`. */
export async function keepOwnModel(
  ports: Ports,
  { requestId, title, files, withHead }: Keep,
  signal: AbortSignal,
): Promise<void> {
  const { database, post } = ports;
  const opened = await openOwnModel(title, files);
  const head = withHead ? demandHead(opened) : null;
  // Such a head stands on the first token's state: another model than the encoder alone, whose vector is the mean.
  const model = head?.classifier.readsFirst === true ? readingFirst(head.encoder) : opened;
  const { bytes: bytesTotal } = ownModelSize(model);
  await demandRoom(ports, title, bytesTotal);
  const tokenizer = encode(model.tokenizer.json);
  const tell = (doing: 'reading' | 'keeping', bytes: number): void =>
    post({ type: 'own-model-progress', requestId, doing, bytes, bytesTotal });

  const values = head === null ? null : new Uint8Array((await head.classifier.values()).buffer);
  const headJson = head === null ? null : encode(classifierJson(head.classifier, head.encoder.config.hiddenSize));
  const extra = [headJson, values].filter((bytes) => bytes !== null);
  const { sha256, shards } = await hashOf(model, extra, (bytes) => tell('reading', bytes), signal);
  const id = ownModelId(title, sha256);
  const tokenizerFile = { file: 'tokenizer.json', bytes: tokenizer.length, sha256: await sha256Of(tokenizer) };
  const manifest = encode(JSON.stringify(ownManifest(model, { id, sha256, shards, tokenizer: tokenizerFile })));
  const put = (file: string, hash: string, bytes: Uint8Array): Promise<void> =>
    putModelFile(database, { key: `${id}/${file}`, sha256: hash, bytes });
  const headFiles = head === null ? [] : [CLASSIFIER_FILE, CLASSIFIER_VALUES];
  const needed = ['manifest.json', tokenizerFile.file, ...shards.map(({ file }) => file), ...headFiles];
  const before = new Set(await listModelFiles(database, id));
  // Whole already, asked or not: the same bytes are written over it, and a second try that breaks off takes nothing away.
  const wasHere = needed.every((file) => before.has(file));
  try {
    // First, so that what a closed tab leaves behind is seen and can be taken out.
    await put('manifest.json', await sha256Of(manifest), manifest);
    await put(tokenizerFile.file, tokenizerFile.sha256, tokenizer);
    for (const [file, text] of Object.entries(model.notices ?? {})) await put(file, await sha256Of(text), text);
    if (headJson !== null) await put(CLASSIFIER_FILE, await sha256Of(headJson), headJson);
    if (values !== null) await put(CLASSIFIER_VALUES, await sha256Of(values), values);
    let done = 0;
    let at = 0;
    for await (const bytes of ownShards(model)) {
      demandGoing(signal);
      const shard = shards[at++];
      if (shard === undefined || (await sha256Of(bytes)) !== shard.sha256) throw changedMeanwhile(title);
      await put(shard.file, shard.sha256, bytes);
      tell('keeping', (done += bytes.length));
    }
  } catch (error) {
    if (!wasHere) await deleteModel(database, id);
    throw error;
  }
  post({ type: 'own-model-kept', requestId, modelId: id });
}

/** The description of a model whose tokenizer and chat template work here too. */
export async function openOwnModel(title: string, files: readonly ChosenFile[]): Promise<OwnModel> {
  const model = await readOwnModel(
    title,
    files.map(({ path, blob }) => blobSource(path, blob)),
  );
  const json: unknown = JSON.parse(model.tokenizer.json);
  if (model.task === 'encoder') {
    createTokenizer(json, model.prompt).encode(EASY_ANSWER);
    return model;
  }
  const { chatTemplate, bosToken, eosToken, endIds } = model.tokenizer;
  const reader = chatReaderOf(
    {
      chatTemplate: chatTemplate ?? undefined,
      bosToken: bosToken ?? undefined,
      eosToken: eosToken ?? undefined,
      endIds,
    },
    json,
  );
  encodeExample(reader, EASY_TALK);
  return model;
}

function readingFirst(encoder: OwnEncoder): OwnEncoder {
  return { ...encoder, config: { ...encoder.config, pooling: 'first' } };
}

/** The encoder and its head. Throws `model-unsupported` where there is none that is used here. */
function demandHead(model: OwnModel): { encoder: OwnEncoder; classifier: OwnClassifier } {
  if (model.task === 'encoder' && model.classifier !== undefined)
    return { encoder: model, classifier: model.classifier };
  const why = model.task === 'encoder' ? model.noClassifier : undefined;
  throw new AppError(
    'model-unsupported',
    why ?? `«${model.title}» has no head that sorts texts. Fit one to your rows.`,
  );
}

/** Hashes of each shard, and of the whole with config, tokenizer and head: what would compute otherwise is another model. */
async function hashOf(
  model: OwnModel,
  extra: readonly Uint8Array[],
  tell: (bytes: number) => void,
  signal: AbortSignal,
): Promise<{ sha256: string; shards: FileEntry[] }> {
  const whole = new Sha256();
  const found: Omit<FileEntry, 'file'>[] = [];
  let done = 0;
  tell(0);
  for await (const bytes of ownShards(model)) {
    demandGoing(signal);
    whole.update(bytes);
    found.push({ bytes: bytes.length, sha256: await sha256Of(bytes) });
    tell((done += bytes.length));
  }
  whole.update(encode(JSON.stringify(model.config))).update(encode(model.tokenizer.json));
  for (const bytes of extra) whole.update(bytes);
  const shards = found.map((entry, i) => ({ file: ownShardName(i, found.length), ...entry }));
  return { sha256: whole.hex(), shards };
}

async function demandRoom({ room }: Ports, title: string, needed: number): Promise<void> {
  const free = await room();
  if (free === null || free >= needed) return;
  throw new AppError(
    'storage-full',
    `«${title}» needs ${formatBytes(needed)}, and this browser has ${formatBytes(free)} left for Hone. Delete runs, data sets ` +
      'or other models that you no longer need, then bring it again.',
    { details: { needed, free } },
  );
}

function demandGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'Taking the model in was stopped.');
}

function changedMeanwhile(title: string): AppError {
  return new AppError(
    'file-unreadable',
    `The files of «${title}» changed while they were read. Bring them again once nothing writes to them.`,
  );
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
