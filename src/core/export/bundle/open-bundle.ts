/** A run bundle told from other zips, and its files found in it. */
import { AppError } from '../../errors';
import type { ByteSource } from '../../formats/byte-source';
import { firstPath, isZip, readEntry, readZip, type ZipEntry } from '../../formats/zip-reader';
import { ABOUT_FILE, type BundleManifest, MANIFEST_FILE, parseManifest } from './manifest';
import type { BundleParts } from './read-bundle';

/** A manifest of thousands of files would not take more. */
const MOST_MANIFEST_BYTES = 4_000_000;
/** Enough for the header of a first file of any name. */
const HEAD_BYTES = 2048;

export interface OpenedBundle {
  manifest: BundleManifest;
  parts: BundleParts;
  /** Of all its files, unpacked. */
  bytes: number;
}

/**
 * The bundle in a file; null where it is none, other zips among them. Throws `file-unreadable` for one that is damaged, cut off,
 * unsafe to unpack or of a newer version.
 */
export async function openBundle(source: ByteSource): Promise<OpenedBundle | null> {
  const { file, size } = source;
  const head = await source.read(0, Math.min(size, HEAD_BYTES));
  if (!isZip(head)) return null;
  const isOurs = firstPath(head)?.endsWith(`/${ABOUT_FILE}`) === true;
  let entries: ZipEntry[];
  try {
    entries = await readZip(source);
  } catch (error) {
    if (!isOurs && error instanceof AppError && error.code === 'file-unreadable') return null;
    throw error;
  }
  const found = entries
    .filter(({ path }) => path === MANIFEST_FILE || path.endsWith(`/${MANIFEST_FILE}`))
    .sort((a, b) => a.path.length - b.path.length)[0];
  if (found === undefined || found.bytes > MOST_MANIFEST_BYTES) {
    if (!isOurs) return null;
    throw new AppError(
      'file-unreadable',
      `${file} could not be opened: a run bundle has a ${MANIFEST_FILE}. Nothing was kept.`,
    );
  }
  const text = await textOf(source, found);
  if (!isOurs && !text.includes('"hone.run-bundle"')) return null;
  const manifest = parseManifest(file, text);
  const folder = found.path.slice(0, -MANIFEST_FILE.length);
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return {
    manifest,
    bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    parts: {
      file,
      bytes: (path) => byPath.get(folder + path)?.bytes ?? null,
      open(path) {
        const entry = byPath.get(folder + path);
        return entry === undefined ? null : readEntry(source, entry);
      },
    },
  };
}

async function textOf(source: ByteSource, entry: ZipEntry): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of readEntry(source, entry)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
