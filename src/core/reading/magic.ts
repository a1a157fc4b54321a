/**
 * What a file is that is not text: told from its first bytes, so that a picture called data.jsonl is refused by name.
 */

/** What to do with a kind of file. */
const ADVICE = {
  table: 'Export the table as CSV or JSONL and drop that.',
  packed: 'Unpack it, and drop what is inside; only gzip (.gz) is unpacked here.',
  text: 'Save it as UTF-8 and drop it again.',
  pointer: 'Download the file itself and drop that.',
  other: 'Drop a file of examples as JSONL, JSON or CSV.',
} as const;

/** First bytes as Latin-1, the name that a person knows, and what to do. */
const SIGNATURES: readonly (readonly [string, string, keyof typeof ADVICE])[] = [
  ['\x89PNG', 'a PNG image', 'other'],
  ['\xff\xd8\xff', 'a JPEG image', 'other'],
  ['GIF87a', 'a GIF image', 'other'],
  ['GIF89a', 'a GIF image', 'other'],
  ['%PDF', 'a PDF header', 'other'],
  ['\x1f\x8b', 'gzip inside gzip', 'packed'],
  ['BZh', 'a bzip2 archive', 'packed'],
  ['\xfd7zXZ\x00', 'an xz archive', 'packed'],
  ['(\xb5/\xfd', 'a Zstandard archive', 'packed'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', 'packed'],
  ['PAR1', 'a Parquet table', 'table'],
  ['ARROW1', 'an Arrow table', 'table'],
  ['SQLite format 3', 'an SQLite database', 'table'],
  ['\xd0\xcf\x11\xe0', 'an old Excel or Word document', 'table'],
  ['\x93NUMPY', 'a NumPy array', 'table'],
  ['\xff\xfe\x00\x00', 'text in UTF-32', 'text'],
  ['\x00\x00\xfe\xff', 'text in UTF-32', 'text'],
  ['RIFF', 'a media file', 'other'],
  ['version https://git-lfs', 'a Git LFS pointer', 'pointer'],
];

/** Signatures that are sure although all their bytes are letters. */
const TEXT_SIGNATURES: ReadonlySet<string> = new Set(['%PDF', 'version https://git-lfs']);

export interface BinaryName {
  name: string;
  /** What to do instead, as a sentence. */
  advice: string;
}

/** What `head` (the first bytes of a file) is, or null where it may be text. */
export function nameBinary(head: Uint8Array): BinaryName | null {
  const start = latin1(head.subarray(0, 64));
  const hasControl = /[\x00-\x08\x0e-\x1f]/.test(start);
  for (const [signature, name, advice] of SIGNATURES) {
    // «BZh» or «RIFF» could begin a column name: letters alone count only beside a byte that text does not have.
    const sure = hasControl || /[\x80-\xff]/.test(signature) || TEXT_SIGNATURES.has(signature);
    if (sure && start.startsWith(signature)) return { name, advice: ADVICE[advice] };
  }
  if (start.startsWith('PK\x03\x04')) {
    const names = latin1(head.subarray(0, 4096));
    if (names.includes('xl/')) return { name: 'an Excel workbook', advice: ADVICE.table };
    if (names.includes('word/')) return { name: 'a Word document', advice: ADVICE.other };
    return { name: 'a ZIP archive, as Excel workbooks are', advice: ADVICE.packed };
  }
  if (/^\s*<(!doctype\s+html|html)[\s>]/i.test(start)) return { name: 'a web page (HTML)', advice: ADVICE.other };
  if (/^\s*<\?xml\s/i.test(start)) return { name: 'an XML document', advice: ADVICE.table };
  if (latin1(head.subarray(257, 262)) === 'ustar') return { name: 'a tar archive', advice: ADVICE.packed };
  return head.includes(0) ? { name: 'binary data', advice: ADVICE.other } : null;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
