/** The files of a run bundle, but for its manifest; rows are asked for twice, for their size and when they are written. */
import { listRows } from '../../data/row-set';
import { type PlannedFile, textFile } from '../../formats/planned-file';
import type { PlannedTensor } from '../../formats/planned-tensor';
import { safetensorsFile } from '../../formats/safetensors-writer';
import { formatAmount } from '../../words/numbers';
import { ABOUT_FILE, type BundleManifest } from './manifest';
import { type TensorSink, toPlainJson } from './plain-json';
import {
  type BundledSet,
  CURVE_FILE,
  datasetFile,
  findingsFile,
  onlyVersion,
  REPORT_FILE,
  RUN_FILE,
  type RowsPiece,
  rowsFile,
  type RunBundle,
  type SetFolder,
  TENSORS_FILE,
  VOTE_FILE,
  WEIGHTS_FILE,
} from './run-bundle';

/** Asked for their rows anew each time. */
export type ReadRows = () => AsyncIterable<RowsPiece>;

const CHUNK_CHARACTERS = 1 << 18;

/** The files in the order in which they are written; `notices`: licence and notice of the base. */
export async function bundleFiles(
  bundle: RunBundle<ReadRows>,
  facts: Omit<BundleManifest, 'files'>,
  notices: readonly PlannedFile[],
): Promise<PlannedFile[]> {
  const { run, report, voting, curve, weights, data, test } = bundle;
  return [
    textFile(ABOUT_FILE, aboutText(facts, bundle)),
    jsonText(RUN_FILE, run),
    ...(report === null ? [] : [textFile(REPORT_FILE, `${JSON.stringify(report)}\n`)]),
    ...(voting === null ? [] : [jsonText(VOTE_FILE, voting)]),
    ...(curve.length === 0 ? [] : [await linesFile(CURVE_FILE, () => linesOf(curve))]),
    ...(data === null ? [] : await setFiles('data', data)),
    ...(test === null ? [] : await setFiles('test', test)),
    ...(weights === null ? [] : weightFiles(weights)),
    ...notices,
  ];
}

async function setFiles(folder: SetFolder, { dataset, findings, rows }: BundledSet<ReadRows>): Promise<PlannedFile[]> {
  const places = findings.map(({ findingId, rowIds, lines }) => {
    return { id: findingId, rows: [...listRows(rowIds)], lines: [...listRows(lines)] };
  });
  return [
    jsonText(datasetFile(folder), dataset),
    await linesFile(rowsFile(folder), () => rowLines(rows())),
    ...(places.length === 0 ? [] : [await linesFile(findingsFile(folder), () => linesOf(places))]),
  ];
}

function weightFiles(weights: object): PlannedFile[] {
  const tensors: PlannedTensor[] = [];
  const sink: TensorSink = {
    put(path, values, shape) {
      const name = path.join('/');
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      tensors.push({ name, shape, dtype: 'float32', chunks: () => [bytes] });
      return name;
    },
  };
  const json = toPlainJson(weights, sink);
  return [textFile(WEIGHTS_FILE, `${json}\n`), safetensorsFile(TENSORS_FILE, tensors)];
}

function jsonText(path: string, value: unknown): PlannedFile {
  return textFile(path, `${toPlainJson(value)}\n`);
}

async function* linesOf(values: Iterable<unknown>): AsyncGenerator<string> {
  for (const value of values) yield `${toPlainJson(value)}\n`;
}

async function* rowLines(pieces: AsyncIterable<RowsPiece>): AsyncGenerator<string> {
  for await (const { rows, tokenCounts } of pieces) {
    let text = '';
    for (const [i, row] of rows.entries()) {
      const tokens = tokenCounts?.[i];
      text += `${toPlainJson(tokens === undefined ? row : { ...row, tokens })}\n`;
      if (text.length < CHUNK_CHARACTERS) continue;
      yield text;
      text = '';
    }
    yield text;
  }
}

/** A file of text whose size is found by making it once. */
async function linesFile(path: string, make: () => AsyncIterable<string>): Promise<PlannedFile> {
  const encoder = new TextEncoder();
  let bytes = 0;
  for await (const text of make()) bytes += encoder.encode(text).length;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const text of make()) yield encoder.encode(text);
  }
  return { path, bytes, chunks };
}

/** What a person reads who opens the zip. */
function aboutText(
  { name, data, test, models, weights, missing }: Omit<BundleManifest, 'files'>,
  { run, voting }: RunBundle<unknown>,
): string {
  const prompts = run.request.prompts?.length ?? 0;
  const more = [
    ...(prompts > 0 ? [formatAmount(prompts, 'prompt of yours', 'prompts of yours')] : []),
    ...(voting === null ? [] : ['your blind vote']),
  ];
  const rows = [data, test].flatMap((set) =>
    set === null ? [] : [`${formatAmount(set.rows, 'row')} of «${set.name}», version ${set.version}`],
  );
  const lines = [
    `# ${name}`,
    'A run of Hone: drop the zip on the page, and it is there again, with its report, to be tried, taken along and run again.',
    rows.length === 0
      ? 'Its data are not in it; its report has the texts that it answered.'
      : `**It holds your data**: ${rows.join(' and ')}, with texts and labels or answers. Give it to nobody who may not see them.`,
    ...(more.length === 0 ? [] : [`It holds ${more.join(' and ')} too.`]),
    `It stands on ${models.map(({ title, sha256 }) => `${title} (SHA-256 ${sha256 || 'not known'})`).join(' and ')}, which is not in it.`,
    weights
      ? '`weights.safetensors` holds what was trained, `weights.json` what of it is what.'
      : 'It holds no weights: the run kept none.',
    ...(missing.length === 0 ? [] : [`Missing: ${missing.join('; ')}.`]),
    '`bundle.json` names every file with its SHA-256.',
  ];
  return `${lines.join('\n\n')}\n`;
}

/** The rows that a manifest names of a set. */
export function setFacts(set: BundledSet<unknown> | null): BundleManifest['data'] {
  if (set === null) return null;
  const { number, rowCount, sha256 } = onlyVersion(set.dataset);
  return { name: set.dataset.name, version: number, rows: rowCount, sha256 };
}
