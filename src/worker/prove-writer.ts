/** The proof of a run of written answers: its file read back, computed anew, compared with the run's own model on the same rows. */
import { AppError } from '../core/errors';
import type { WriterFormat } from '../core/export/formats';
import { PARITY_BUDGET, parityOf, parityRows, type WriterParity } from '../core/export/parity';
import { readGgufAdapter, readPeftAdapter } from '../core/export/read-adapter';
import { keptAdapter, sameAdapter } from '../core/export/trained-adapter';
import type { ByteSource } from '../core/formats/byte-source';
import { readOwnModel } from '../core/models/read-own-model';
import { chatReaderOf } from '../core/text/chat-reader';
import { formatCount } from '../core/words/numbers';
import type { Device } from '../engine/device/select';
import { compareDecoders, type CompareOptions, type LayeredDecoder } from '../engine/proof/decoder-parity';
import { adaptedLayers, fileLayers } from '../engine/proof/layered-decoder';
import type { TakenWriter } from './exported-run';
import { type BackFile, differs } from './read-back';

/** Throws `export-differs` where the file answers otherwise, and what its reader throws. */
export async function proveWriter(
  format: WriterFormat,
  { exported, adapter, model, reader, samples }: TakenWriter,
  files: readonly BackFile[],
  device: Device,
  options: CompareOptions,
): Promise<WriterParity> {
  const { backend } = device.description;
  const budget = PARITY_BUDGET[backend];
  const rows = parityRows(reader, samples, budget);
  const sources = files.map(({ source }) => source);
  const find = (ending: string): ByteSource => {
    const found = sources.find(({ file }) => file.endsWith(ending));
    if (found === undefined) throw new AppError('internal', `${format.title} has no file ${ending}.`);
    return found;
  };
  const own = adaptedLayers(model, adapter);
  let other: LayeredDecoder;
  if (format.holds === 'model') {
    const file = await readOwnModel(exported.folder, sources);
    if (file.task !== 'decoder') throw new AppError('internal', `${format.title} holds a model that writes no text.`);
    const { json, chatTemplate, bosToken, eosToken, endIds } = file.tokenizer;
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
    other = fileLayers(file);
  } else {
    const read =
      format.id === 'peft'
        ? await readPeftAdapter(find('adapter_config.json'), find('adapter_model.safetensors'))
        : await readGgufAdapter(find('.gguf'), exported.base.config);
    const kept = keptAdapter(read);
    // The same values on the same base compute the same: the base is read through once.
    other = sameAdapter(kept, adapter) ? own : adaptedLayers(model, kept);
  }
  const differences = await compareDecoders(
    own,
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
