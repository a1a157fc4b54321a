/**
 * bundle.json: what a run bundle holds and the sha256 of each of its parts. It is the last file of the zip, written when all
 * others are there and were read back.
 */
import * as v from 'valibot';
import { AppError } from '../../errors';
import type { WrittenFile } from '../../formats/planned-file';

/** Goes up when a part changes its shape or meaning; a page reads its own version and those before. */
export const BUNDLE_VERSION = 1;

export const MANIFEST_FILE = 'bundle.json';
/** The first file: where the end of a bundle is cut off, it is told by this name. */
export const ABOUT_FILE = 'hone-run.md';

export interface BundleModel {
  id: string;
  title: string;
  /** Of its weights; empty where that is not known any more. */
  sha256: string;
}

export interface BundleManifest {
  schema: 'hone.run-bundle';
  version: number;
  run: string;
  name: string;
  task: 'classification' | 'generation';
  /** Of the app, as it trained. */
  build: string;
  /** Whose rows are in it; null where they are not here any more. */
  data: { name: string; version: number; rows: number; sha256: string } | null;
  /** The same of a test file. */
  test: { name: string; version: number; rows: number; sha256: string } | null;
  /** The models that the run stands on, none of which is in the bundle; the first is the one that was trained. */
  models: BundleModel[];
  weights: boolean;
  /** What the run would have and this does not, in words. */
  missing: string[];
  files: WrittenFile[];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const rows = v.nullable(v.object({ name: v.string(), version: count, rows: count, sha256: v.string() }));

const schema = v.object({
  schema: v.literal('hone.run-bundle'),
  version: count,
  run: v.string(),
  name: v.string(),
  task: v.picklist(['classification', 'generation']),
  build: v.string(),
  data: rows,
  test: rows,
  models: v.array(v.object({ id: v.string(), title: v.string(), sha256: v.string() })),
  weights: v.boolean(),
  missing: v.array(v.string()),
  files: v.array(v.object({ path: v.string(), bytes: count, sha256 })),
});

const headSchema = v.looseObject({ schema: v.literal('hone.run-bundle'), version: v.number() });

/** Reads it; `file` is the bundle's name. Throws `file-unreadable` for a newer version, and with the field that does not fit. */
export function parseManifest(file: string, text: string): BundleManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, 'it is not JSON', cause);
  }
  const head = v.safeParse(headSchema, json);
  if (head.success && head.output.version > BUNDLE_VERSION) {
    throw new AppError(
      'file-unreadable',
      `${file} is a run bundle of version ${head.output.version}, written by a newer Hone; this page reads up to version ` +
        `${BUNDLE_VERSION}. Nothing was kept. Reload the page for a newer one, then drop it again.`,
      { details: { file, version: head.output.version } },
    );
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) throw damaged(file, `${v.getDotPath(parsed.issues[0]) ?? 'the whole'} is not as it should be`);
  return parsed.output;
}

function damaged(file: string, what: string, cause?: unknown): AppError {
  return new AppError(
    'file-unreadable',
    `${file} could not be opened: ${MANIFEST_FILE} in it is damaged: ${what}. Nothing was kept.`,
    {
      cause,
      details: { file },
    },
  );
}
