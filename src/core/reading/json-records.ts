/**
 * Turns one piece of bytes into a JSON dictionary, or says why it is none.
 */
import type { DataRecord } from './field-names';
import { isRecord } from './chat';
import { describeJsonFault, MAX_DEPTH, withoutFaults } from './json-fault';
import type { Piece } from './pieces';
import type { ReadingNotes } from './reading-notes';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of a piece without its line end, or null after noting why there is none. */
export function decodePiece(piece: Piece, notes: ReadingNotes): string | null {
  let { bytes } = piece;
  if (piece.tooLong) {
    notes.leaveOut('too-long', piece.number, lenient.decode(bytes), 'longer than 32 MB');
    return null;
  }
  if (bytes.at(-1) === 0x0d) {
    bytes = bytes.subarray(0, -1);
    notes.note('line-ends', piece.number, '');
  }
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const text = lenient.decode(bytes);
    notes.leaveOut('not-utf8', piece.number, text, `column ${text.indexOf('\ufffd') + 1}: not UTF-8`);
    return null;
  }
}

/** The dictionary in the text of `piece`, or null after noting why there is none. */
export function parseRecord(text: string, piece: Piece, notes: ReadingNotes): DataRecord | null {
  const value = parseValue(text, piece, notes);
  return value === undefined ? null : asRecord(value, text, piece, notes);
}

/** `value` as a dictionary, or null after noting that it is none. */
export function asRecord(value: unknown, text: string, piece: Piece, notes: ReadingNotes): DataRecord | null {
  if (isRecord(value)) return value;
  const what = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
  notes.leaveOut('not-a-dictionary', piece.number, text, `${what}, not a JSON dictionary`);
  return null;
}

/** The value in the text of `piece`, or undefined (which JSON does not have) after noting why there is none. */
export function parseValue(text: string, piece: Piece, notes: ReadingNotes): unknown {
  const value = parse(text, piece, notes);
  if (!isDeeper(value, MAX_DEPTH)) return value;
  notes.leaveOut('too-deep', piece.number, text, `nested deeper than ${MAX_DEPTH} levels`);
  return undefined;
}

function parse(text: string, piece: Piece, notes: ReadingNotes): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const repaired = withoutFaults(text);
    if (repaired !== null && repaired.text !== text) {
      if (repaired.commas) notes.note('trailing-commas', piece.number, text);
      if (repaired.nans) notes.note('nan-values', piece.number, text);
      return JSON.parse(repaired.text);
    }
    notes.leaveOut('not-json', piece.number, text, describeJsonFault(text, piece.line));
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const item of Object.values(value)) if (isDeeper(item, levels - 1)) return true;
  return false;
}
