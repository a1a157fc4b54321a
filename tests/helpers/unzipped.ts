/** The entries of a zip whose files are stored as they are: path → bytes, in the order of its directory. */
export function unzipped(zip: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  if (view.getUint32(end, true) !== 0x06054b50) throw new Error('It has no directory.');
  let at = view.getUint32(end + 16, true);
  return new Map(
    Array.from({ length: view.getUint16(end + 10, true) }, (): [string, Uint8Array] => {
      const nameBytes = view.getUint16(at + 28, true);
      const start = view.getUint32(at + 42, true) + 30 + nameBytes;
      const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameBytes));
      const bytes = zip.subarray(start, start + view.getUint32(at + 24, true));
      at += 46 + nameBytes;
      return [name, bytes];
    }),
  );
}
