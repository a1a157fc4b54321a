/** The proof of a file that was written: read back, computed anew, compared with the run's own model on the same rows. */
import { AppError } from '../core/errors';
import type { ExportFormat } from '../core/export/formats';
import { type Parity, PARITY_BUDGET, parityOf, parityRows } from '../core/export/parity';
import { readGgufAdapter, readPeftAdapter } from '../core/export/read-adapter';
import { keptAdapter } from '../core/export/trained-adapter';
import type { ByteSource } from '../core/formats/byte-source';
import type { WrittenFile } from '../core/formats/planned-file';
import { Sha256 } from '../core/formats/sha256';
import { readOwnModel } from '../core/models/read-own-model';
import { chatReaderOf } from '../core/text/chat-reader';
import { formatCount } from '../core/words/numbers';
import type { Device } from '../engine/device/select';
import { compareDecoders, type CompareOptions, type LayeredDecoder } from '../engine/proof/decoder-parity';
import { adaptedLayers, fileLayers } from '../engine/proof/layered-decoder';
import type { TakenRun } from './exported-run';

const CHUNK = 1 << 22;

/** Throws `storage-failed` where a file gives back other bytes than went into it. `tell` hears bytes so far. */
export async function checkBytes(
  files: readonly { written: WrittenFile; source: ByteSource }[],
  turn: () => Promise<void>,
  tell: (bytes: number) => void,
): Promise<void> {
  let done = 0;
  for (const { written, source } of files) {
    const hash = new Sha256();
    for (let from = 0; from < source.size; from += CHUNK) {
      await turn();
      const bytes = await source.read(from, Math.min(source.size, from + CHUNK));
      hash.update(bytes);
      tell((done += bytes.length));
    }
    if (hash.hex() === written.sha256) continue;
    throw new AppError(
      'storage-failed',
      `The disk gave back other bytes of ${written.path} than were written. Nothing of it was kept. Try again; if it stays ` +
        'so, look after the disk.',
    );
  }
}

/** Throws `export-differs` where the file answers otherwise, and what its reader throws. */
export async function proveFile(
  format: ExportFormat,
  { exported, adapter, model, reader, samples }: TakenRun,
  files: readonly { written: WrittenFile; source: ByteSource }[],
  device: Device,
  options: CompareOptions,
): Promise<Parity> {
  const { backend } = device.description;
  const budget = PARITY_BUDGET[backend];
  const rows = parityRows(reader, samples, budget);
  const sources = files.map(({ source }) => source);
  const find = (ending: string): ByteSource => {
    const found = sources.find(({ file }) => file.endsWith(ending));
    if (found === undefined) throw new AppError('internal', `${format.title} has no file ${ending}.`);
    return found;
  };
  let other: LayeredDecoder;
  if (format.holds === 'model') {
    const own = await readOwnModel(exported.folder, sources);
    if (own.task !== 'decoder') throw new AppError('internal', `${format.title} holds a model that writes no text.`);
    const { json, chatTemplate, bosToken, eosToken, endIds } = own.tokenizer;
    const entry = {
      ...(chatTemplate !== null && { chatTemplate }),
      ...(bosToken !== null && { bosToken }),
      ...(eosToken !== null && { eosToken }),
      endIds,
    };
    const theirs = parityRows(chatReaderOf(entry, JSON.parse(json)), samples, budget);
    const unlike = rows.filter(({ ids }, i) => ids.join() !== theirs[i]?.ids.join()).length;
    if (unlike > 0 || theirs.length !== rows.length) {
      throw differs(format, `its tokenizer and template read ${unlike} of ${rows.length} rows otherwise`);
    }
    other = fileLayers(own);
  } else {
    const read =
      format.id === 'peft'
        ? await readPeftAdapter(find('adapter_config.json'), find('adapter_model.safetensors'))
        : await readGgufAdapter(find('.gguf'), exported.base.config);
    other = adaptedLayers(model, keptAdapter(read));
  }
  const differences = await compareDecoders(
    adaptedLayers(model, adapter),
    other,
    rows.map(({ ids }) => ids),
    options,
  );
  device.guard.check();
  const { id, sha256 } = model.manifest;
  const parity = parityOf(format, {
    ...{ base: { id, sha256 }, backend, rows, differences },
    files: files.map(({ written }) => written),
  });
  if (parity.same) return parity;
  const { places, same } = parity.first_choices;
  throw differs(
    format,
    `its values differ by ${parity.largest_difference.toPrecision(2)}, where ` +
      `${(parity.tolerance * Math.max(...differences.map(({ largest }) => largest))).toPrecision(2)} is rounding, and it ` +
      `would choose another word at ${formatCount(places - same)} of ${formatCount(places)} places`,
  );
}

function differs({ title }: ExportFormat, why: string): AppError {
  return new AppError(
    'export-differs',
    `${title} was written and does not answer as the run does: ${why}. It is not handed over, and nothing of it was kept. ` +
      'Choose another format; this is a fault of this page or of the device.',
  );
}
