/** The licence and the notice among the files of a model: their texts are kept, shown to nobody's judgement, and passed on. */
import type { ByteSource } from '../formats/byte-source';

export const NOTICE_FILES = ['LICENSE', 'NOTICE'] as const;
export type OwnNotices = Partial<Record<(typeof NOTICE_FILES)[number], Uint8Array<ArrayBuffer>>>;

/** What such files are called, by either spelling, alone or as a text. */
const NAMES = { LICENSE: /^(licen[cs]e|copying)(\.(txt|md))?$/i, NOTICE: /^notice(\.(txt|md))?$/i };
/** A licence has some kilobytes; what has more is something else. */
const MAX_BYTES = 1_000_000;

/** Those that are there, as they came. */
export async function readOwnNotices(files: readonly ByteSource[]): Promise<OwnNotices> {
  const notices: OwnNotices = {};
  for (const name of NOTICE_FILES) {
    const found = files.find(({ file, size }) => NAMES[name].test(file) && size > 0 && size <= MAX_BYTES);
    if (found !== undefined) notices[name] = Uint8Array.from(await found.read(0, found.size));
  }
  return notices;
}
