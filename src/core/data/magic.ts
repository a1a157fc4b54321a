/**
 * What a file is that is not text: told from its first bytes, so that a picture called data.jsonl is refused by name.
 */

/** First bytes as Latin-1, and the name that a person knows. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF87a', 'a GIF image'],
  ['GIF89a', 'a GIF image'],
  ['%PDF', 'a PDF header'],
  ['\x1f\x8b', 'a gzip archive (unpack it first)'],
  ['BZh', 'a bzip2 archive (unpack it first)'],
  ['\xfd7zXZ\x00', 'an xz archive (unpack it first)'],
  ['(\xb5/\xfd', 'a Zstandard archive (unpack it first)'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive (unpack it first)'],
  ['PAR1', 'a Parquet table'],
  ['ARROW1', 'an Arrow table'],
  ['SQLite format 3', 'an SQLite database'],
  ['\xd0\xcf\x11\xe0', 'an old Excel or Word document'],
  ['\x93NUMPY', 'a NumPy array'],
  ['\xff\xfe', 'text in UTF-16 (save it as UTF-8)'],
  ['\xfe\xff', 'text in UTF-16 (save it as UTF-8)'],
  ['RIFF', 'a media file'],
  ['version https://git-lfs', 'a Git LFS pointer (download the file itself)'],
];

/** Signatures that are sure although all their bytes are letters. */
const TEXT_SIGNATURES: ReadonlySet<string> = new Set(['%PDF', 'version https://git-lfs']);

/** The name of what `head` (the first bytes of a file) is, or null where it may be text. */
export function nameBinary(head: Uint8Array): string | null {
  const start = latin1(head.subarray(0, 64));
  const hasControl = /[\x00-\x08\x0e-\x1f]/.test(start);
  for (const [signature, name] of SIGNATURES) {
    // «BZh» or «RIFF» could begin a column name: letters alone count only beside a byte that text does not have.
    const sure = hasControl || /[\x80-\xff]/.test(signature) || TEXT_SIGNATURES.has(signature);
    if (sure && start.startsWith(signature)) return name;
  }
  if (start.startsWith('PK\x03\x04')) {
    const names = latin1(head.subarray(0, 4096));
    if (names.includes('xl/')) return 'an Excel workbook';
    if (names.includes('word/')) return 'a Word document';
    return 'a ZIP archive, as Excel workbooks are';
  }
  if (/^\s*<(!doctype\s+html|html)[\s>]/i.test(start)) return 'a web page (HTML)';
  if (/^\s*<\?xml\s/i.test(start)) return 'an XML document';
  return head.includes(0) ? 'binary data' : null;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
